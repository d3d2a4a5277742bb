import useSWR from 'swr';
import { getAccount } from '@/lib/api';

/** Undefined while it is not known, null on a server without accounts. */
export function useAccount() {
	return useSWR('account', getAccount, { revalidateOnFocus: false, shouldRetryOnError: false });
}
