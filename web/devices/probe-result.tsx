import type { ProbeAnswer } from '../../src/contract/cameras.ts'
import { words } from '../language/language.ts'
import { streamText } from './stream-text.ts'

/** What a device said about itself. */
export function ProbeResult({ probed }: { readonly probed: ProbeAnswer }) {
  const t = words.value
  const maker = [probed.manufacturer, probed.model].filter((part) => part !== null).join(' ')
  const facts: readonly (readonly [string, string])[] = [
    [t.devices.model, maker === '' ? '—' : maker],
    [t.devices.firmware, probed.firmware ?? '—'],
    [t.devices.clock, t.devices.seconds((probed.clockOffsetMs / 1000).toFixed(1))],
    [t.devices.ptz, probed.hasPtz ? t.devices.yes : t.devices.no],
    ...probed.streams.map(
      (stream) => [t.stream[stream.stream], `${streamText(stream)}  ${stream.url}`] as const,
    ),
  ]
  return (
    <div class="message" data-testid="probe-result">
      <strong>{t.devices.probed}</strong>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
