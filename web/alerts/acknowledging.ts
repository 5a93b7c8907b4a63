import type { Alert } from '../../src/contract/alerts.ts'
import { failureText } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import { acknowledge } from '../state/alerts.ts'

/** Acknowledges one after another; what fails is said once and stays open. */
export async function acknowledgeAll(alertIds: readonly Alert['id'][]): Promise<void> {
  for (const id of alertIds) {
    const failure = await acknowledge(id)
    if (failure) {
      tell('failed', failureText(failure))
      return
    }
  }
}
