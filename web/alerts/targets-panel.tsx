import { useEffect, useState } from 'preact/hooks'
import type { AlertTarget, DeadDeliveryList, TargetTest } from '../../src/contract/alert-targets.ts'
import { words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { IconButton } from '../parts/icon.tsx'
import { Failed, failureText, Loading, Notice } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import { tell } from '../parts/toast.tsx'
import { type Answer, ask, get } from '../state/api.ts'
import { unitName } from '../state/units.ts'
import { TargetDialog } from './target-dialog.tsx'

interface Targets {
  readonly items: readonly AlertTarget[]
}
type Open =
  | { readonly kind: 'edit'; readonly target: AlertTarget | null }
  | { readonly kind: 'remove'; readonly target: AlertTarget }

const readEveryMs = 5_000

/** Other systems that are told of alerts: whether they hear, and what could not be delivered. */
export function TargetsPanel() {
  const t = words.value
  const [answer, setAnswer] = useState<Answer<Targets> | null>(null)
  const [open, setOpen] = useState<Open | null>(null)
  const read = async () => {
    setAnswer(await get<Targets>('/alert-targets'))
  }
  useEffect(() => {
    void read()
    const timer = setInterval(() => {
      if (!document.hidden) void read()
    }, readEveryMs)
    return () => {
      clearInterval(timer)
    }
  }, [])
  const close = () => {
    setOpen(null)
  }
  const closeAndRead = () => {
    setOpen(null)
    void read()
  }
  if (!answer) return <Loading />
  if (!answer.ok) return <Failed failure={answer.failure} retry={() => void read()} />
  return (
    <div class="targets" data-testid="alert-targets">
      <div class="together">
        <span class="dim small grow">{t.targets.hint}</span>
        <button
          type="button"
          class="button primary"
          data-testid="target-add"
          onClick={() => {
            setOpen({ kind: 'edit', target: null })
          }}
        >
          {t.targets.add}
        </button>
      </div>
      {answer.value.items.length === 0 && <Notice kind="empty" text={t.targets.empty} />}
      {answer.value.items.map((target) => (
        <TargetCard
          key={target.id}
          target={target}
          onRead={() => void read()}
          onEdit={() => {
            setOpen({ kind: 'edit', target })
          }}
          onRemove={() => {
            setOpen({ kind: 'remove', target })
          }}
        />
      ))}
      {open?.kind === 'edit' && <TargetDialog target={open.target} onClose={close} onSaved={closeAndRead} />}
      {open?.kind === 'remove' && (
        <ConfirmDialog
          title={open.target.name}
          text={t.targets.removeText(open.target.name, open.target.waiting + open.target.dead)}
          confirm={t.common.remove}
          act={() => ask('DELETE', `/alert-targets/${open.target.id}`)}
          onClose={close}
          onDone={closeAndRead}
        />
      )}
    </div>
  )
}

interface TargetCardProps {
  readonly target: AlertTarget
  readonly onRead: () => void
  readonly onEdit: () => void
  readonly onRemove: () => void
}

function TargetCard({ target, onRead, onEdit, onRemove }: TargetCardProps) {
  const t = words.value
  const [testing, setTesting] = useState(false)
  const test = async () => {
    setTesting(true)
    const answer = await ask<TargetTest>('POST', `/alert-targets/${target.id}/test`)
    setTesting(false)
    if (!answer.ok) tell('failed', failureText(answer.failure))
    else if (answer.value.error === null) tell('done', t.targets.testDone)
    else tell('failed', t.targets.testFailed(answer.value.error))
  }
  const scope = target.unitId === null ? t.targets.allUnits : unitName(target.unitId)
  return (
    <article class="target" data-testid="alert-target" data-target={target.id}>
      <header>
        <span class="tag">{t.targets.kind[target.kind]}</span>
        <strong class="cut">{target.name}</strong>
        {!target.enabled && <span class="tag">{t.rules.disabled}</span>}
        <span class="grow" />
        <button
          type="button"
          class="button"
          disabled={testing}
          data-testid="target-test"
          onClick={() => void test()}
        >
          {testing ? t.common.loading : t.targets.test}
        </button>
        <IconButton icon="edit" text={t.common.edit} onClick={onEdit} />
        <IconButton icon="remove" text={t.common.remove} onClick={onRemove} />
      </header>
      <p class="mono small cut">{target.url}</p>
      <p class="dim small">
        {scope} · {t.targets.from(t.severity[target.minSeverity])} · {t.targets.delivered(target.delivered)}
        {target.deliveredAt !== null && ` · ${t.targets.last(dayTime(Date.parse(target.deliveredAt)))}`}
        {target.waiting > 0 && ` · ${t.targets.waiting(target.waiting)}`}
      </p>
      {target.error !== null && (
        <p class="warn small">
          {t.targets.lastError(target.error, dayTime(Date.parse(target.errorAt ?? target.createdAt)))}
        </p>
      )}
      {target.dead > 0 && <Dead target={target} onRetried={onRead} />}
    </article>
  )
}

function Dead({ target, onRetried }: { readonly target: AlertTarget; readonly onRetried: () => void }) {
  const t = words.value.targets
  const [answer, setAnswer] = useState<Answer<DeadDeliveryList> | null>(null)
  const retry = async () => {
    const done = await ask('POST', `/alert-targets/${target.id}/retry`)
    if (!done.ok) tell('failed', failureText(done.failure))
    onRetried()
  }
  return (
    <details
      data-testid="target-dead"
      onToggle={(event) => {
        if (event.currentTarget.open)
          void get<DeadDeliveryList>(`/alert-targets/${target.id}/dead`).then(setAnswer)
      }}
    >
      <summary class="warn">{t.dead(target.dead)}</summary>
      {answer?.ok === true && (
        <ul class="small">
          {answer.value.items.map((item) => (
            <li key={item.alertId}>
              <a href={`/alerts?alert=${item.alertId}`}>
                {dayTime(Date.parse(item.occurredAt))} · {item.cameraName} · {item.ruleName}
              </a>
              <span class="dim"> {item.error}</span>
            </li>
          ))}
        </ul>
      )}
      <button type="button" class="button" onClick={() => void retry()}>
        {t.retry}
      </button>
    </details>
  )
}
