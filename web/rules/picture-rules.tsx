import { useEffect, useState } from 'preact/hooks'
import type { ReferenceView, Rule } from '../../src/contract/rules.ts'
import { type PictureRuleKind, pictureRuleKinds } from '../../src/domain/rule-kinds.ts'
import { RuleFalseShare } from '../alerts/false-share.tsx'
import { words } from '../language/language.ts'
import { IconButton } from '../parts/icon.tsx'
import { failureText } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import { tell } from '../parts/toast.tsx'
import { ask, get } from '../state/api.ts'

interface PictureRulesProps {
  readonly cameraId: string
  readonly rules: readonly Rule[]
  readonly onSwitch: (kind: PictureRuleKind, rule: Rule | null) => void
  readonly onEdit: (kind: PictureRuleKind, rule: Rule | null) => void
}

const lookAgainMs = 10_000

/** Rules on the picture itself: at most one of a kind is shown, and switched on and off in place. */
export function PictureRules({ cameraId, rules, onSwitch, onEdit }: PictureRulesProps) {
  const t = words.value
  return (
    <article class="zone-card" data-testid="picture-rules">
      <header>
        <strong>{t.rules.ofPicture}</strong>
      </header>
      <ul>
        {pictureRuleKinds.map((kind) => {
          const rule = rules.find((known) => known.kind === kind) ?? null
          return (
            <li key={kind} class={rule?.enabled === true ? 'rule' : 'rule off'} data-kind={kind}>
              <input
                type="checkbox"
                checked={rule?.enabled === true}
                aria-label={t.ruleKind[kind]}
                data-testid={`picture-${kind}`}
                onChange={() => {
                  onSwitch(kind, rule)
                }}
              />
              <span class="grow">
                <strong>{t.ruleKind[kind]}</strong>
                {rule && <span class="dim small">{limitsText(rule)}</span>}
                {rule && <RuleFalseShare ruleId={rule.id} />}
              </span>
              <IconButton
                icon="edit"
                text={t.common.edit}
                onClick={() => {
                  onEdit(kind, rule)
                }}
              />
            </li>
          )
        })}
      </ul>
      <Reference cameraId={cameraId} wanted={rules.some(({ enabled }) => enabled)} />
    </article>
  )
}

function limitsText({ threshold, holdMs, severity }: Rule): string {
  const t = words.value
  return [
    ...(threshold === null ? [] : [`≥ ${Math.round(threshold * 100)}%`]),
    ...(holdMs === null ? [] : [t.rules.lasts(String(holdMs / 1000))]),
    t.severity[severity],
  ].join(' · ')
}

/** What the camera should see: blurred, covered and moved pictures are held against it. */
function Reference({ cameraId, wanted }: { readonly cameraId: string; readonly wanted: boolean }) {
  const t = words.value.rules
  const [view, setView] = useState<ReferenceView | null>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    const read = () => {
      void get<ReferenceView>(`/cameras/${cameraId}/reference-view`).then((answer) => {
        setView(answer.ok ? answer.value : null)
      })
    }
    read()
    // It is taken a while after the first rule is on.
    const again = wanted && view === null ? setInterval(read, lookAgainMs) : undefined
    return () => {
      clearInterval(again)
    }
  }, [cameraId, wanted, view === null])
  const renew = async () => {
    setBusy(true)
    const answer = await ask<ReferenceView>('POST', `/cameras/${cameraId}/reference-view`)
    setBusy(false)
    if (answer.ok) setView(answer.value)
    else tell('failed', failureText(answer.failure))
  }
  return (
    <div class="reference">
      {view && (
        <img src={`${view.picture}?at=${Date.parse(view.takenAt)}`} alt={t.reference} loading="lazy" />
      )}
      <span class="grow small">
        {view
          ? `${t.referenceTaken(dayTime(Date.parse(view.takenAt)))}${view.takenBy === null ? '' : ` · ${view.takenBy}`}`
          : t.noReference}
      </span>
      <button type="button" class="button" disabled={busy} onClick={() => void renew()}>
        {t.renewReference}
      </button>
    </div>
  )
}
