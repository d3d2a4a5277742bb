import { Shell } from '@/shared/ui/Shell';

export default function HomePage() {
	return <Shell><h1>tstream</h1></Shell>;
}
