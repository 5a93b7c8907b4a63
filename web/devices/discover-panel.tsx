import { useState } from 'preact/hooks'
import type { DiscoveredDevice } from '../../src/contract/cameras.ts'
import { words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import { type Answer, ask } from '../state/api.ts'

interface Discovery {
  readonly items: readonly DiscoveredDevice[]
}

/** Looks for ONVIF devices on the gateway's networks. */
export function DiscoverPanel({ onChoice }: { readonly onChoice: (device: DiscoveredDevice) => void }) {
  const t = words.value.devices
  const [busy, setBusy] = useState(false)
  const [answer, setAnswer] = useState<Answer<Discovery> | null>(null)
  const discover = async () => {
    setBusy(true)
    setAnswer(await ask<Discovery>('POST', '/discovery', {}))
    setBusy(false)
  }
  return (
    <div class="discover">
      <p class="dim small">{t.discoverHint}</p>
      <button
        type="button"
        class="button"
        disabled={busy}
        data-testid="discover-start"
        onClick={() => void discover()}
      >
        {busy ? t.discovering : answer ? t.discoverAgain : t.discoverStart}
      </button>
      {answer?.ok === false && <FailureLine failure={answer.failure} />}
      {answer?.ok === true && answer.value.items.length === 0 && <p class="message">{t.discoverNone}</p>}
      {answer?.ok === true && answer.value.items.length > 0 && (
        <ul class="found">
          {answer.value.items.map((device) => (
            <li key={device.address} data-testid="discovered" data-address={device.address}>
              <span class="grow">
                <strong>{device.name ?? device.address}</strong>
                {device.hardware !== null && <span class="dim small"> {device.hardware}</span>}
                <br />
                <span class="mono small dim">{device.address}</span>
              </span>
              {device.cameraId === null ? (
                <button
                  type="button"
                  class="button"
                  onClick={() => {
                    onChoice(device)
                  }}
                >
                  {t.choose}
                </button>
              ) : (
                <span class="tag">{t.registered}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
