import type { Alert } from '../../src/contract/alerts.ts'
import { failureText } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import { handleAlerts } from '../state/alerts.ts'

/** Acknowledges all of them; what fails is said once and stays open. */
export async function acknowledgeAll(alertIds: readonly Alert['id'][]): Promise<void> {
  const failure = await handleAlerts({ alertIds: [...alertIds], state: 'acknowledged' })
  if (failure) tell('failed', failureText(failure))
}
