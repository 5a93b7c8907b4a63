import { useState } from 'preact/hooks'
import type { SystemStatus } from '../../src/contract/system.ts'
import { codeWordsOr, words } from '../language/language.ts'
import { remedyWords } from '../language/remedies.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { connection } from '../state/connection.ts'
import { system } from '../state/system.ts'

const rate = (perS: number) => (perS >= 100 ? perS.toFixed(0) : perS.toFixed(1))

/** What keeps the gateway from doing its whole work, and how much of it it does. */
export function StatusBar() {
  const t = words.value
  const [open, setOpen] = useState(false)
  const status = system.value
  const online = connection.value.state === 'open'
  return (
    <footer class="foot">
      <span class={online ? 'good' : 'bad'}>
        <span aria-hidden="true">{online ? '●' : '○'}</span>{' '}
        {online ? t.system.connected : t.system.disconnected}
      </span>
      {status === null ? (
        <span class="dim">{t.system.unknown}</span>
      ) : (
        <>
          <Shortfalls
            status={status}
            onOpen={() => {
              setOpen(true)
            }}
          />
          <span class="grow" />
          <Figures status={status} />
        </>
      )}
      {open && status && (
        <ShortfallSheet
          status={status}
          onClose={() => {
            setOpen(false)
          }}
        />
      )}
    </footer>
  )
}

function Shortfalls({ status, onOpen }: { readonly status: SystemStatus; readonly onOpen: () => void }) {
  const t = words.value
  const [first] = status.shortfalls
  if (!first) return <span class="good">{t.system.healthy}</span>
  return (
    <button
      type="button"
      class="shortfall cut"
      data-testid="shortfall"
      data-code={first.code}
      title={t.system.shortfallTitle}
      onClick={onOpen}
    >
      <Icon name="warning" size={14} />
      <span class="cut">
        {codeWordsOr(first.code, first.text)}
        {status.shortfalls.length > 1 && ` · ${t.system.shortfalls(status.shortfalls.length)}`}
        <span class="dim">
          {' '}
          {t.system.remedy}: {remedyWords(first.code, first.remedy)}
        </span>
      </span>
    </button>
  )
}

function Figures({ status: { analysis, streams, demo, version } }: { readonly status: SystemStatus }) {
  const t = words.value
  const behind = analysis.wantedPerS > 0 && analysis.inspectedPerS < analysis.wantedPerS * 0.9
  return (
    <>
      <span class={analysis.workers === 0 ? 'bad' : ''}>
        {analysis.workers === 0 ? t.system.noWorkers : t.system.workers(analysis.workers)}
      </span>
      <span class={behind ? 'warn' : ''} data-testid="analysis-rate">
        {t.system.inspected(rate(analysis.inspectedPerS), rate(analysis.wantedPerS))}
        {analysis.droppedPerS >= 0.1 && ` · ${t.system.dropped(rate(analysis.droppedPerS))}`}
      </span>
      <span class="optional">{t.system.streams(streams.open, streams.viewers)}</span>
      {demo && <span class="tag">{t.system.demo}</span>}
      <span class="dim optional">{t.system.version(version)}</span>
    </>
  )
}

function ShortfallSheet({
  status,
  onClose,
}: {
  readonly status: SystemStatus
  readonly onClose: () => void
}) {
  const t = words.value
  return (
    <Dialog title={t.system.shortfallTitle} onClose={onClose} wide testId="shortfall-sheet">
      <ul class="body">
        {status.shortfalls.map(({ code, text, remedy }) => (
          <li key={code} class="message warning">
            <strong>{codeWordsOr(code, text)}</strong>
            <p class="dim small">{text}</p>
            <p>
              {t.system.remedy}: {remedyWords(code, remedy)}
            </p>
          </li>
        ))}
        {status.shortfalls.length === 0 && <li>{t.system.healthy}</li>}
      </ul>
    </Dialog>
  )
}
