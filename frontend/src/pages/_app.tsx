import '@/styles/globals.css';
import type { AppProps } from 'next/app';
import { CrashGuard } from '@/shared/ui/CrashGuard';

export default function App({ Component, pageProps }: AppProps) {
	return <CrashGuard><Component {...pageProps} /></CrashGuard>;
}
