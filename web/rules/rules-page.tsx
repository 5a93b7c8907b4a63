import { useEffect, useState } from 'preact/hooks'
import type { Rule, Zone } from '../../src/contract/rules.ts'
import { shapeFlaw } from '../../src/domain/zone.ts'
import { codeWords, words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { keysAreTaken } from '../parts/dialog.tsx'
import { Failed, failureText, Loading, Notice } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Answer } from '../state/api.ts'
import { cameraSignal } from '../state/cameras.ts'
import { watch } from '../state/connection.ts'
import { RuleDialog } from './rule-dialog.tsx'
import {
  addZone,
  type CameraRules,
  changeRule,
  changeZone,
  readRules,
  removeRule,
  removeZone,
} from './rules-api.ts'
import { RulesBar } from './rules-bar.tsx'
import type { Point } from './shape.ts'
import { ZoneCard } from './zone-card.tsx'
import { type Draft, ZoneEditor } from './zone-editor.tsx'
import './rules-page.css'

type Open =
  | { readonly kind: 'rule'; readonly zone: Zone; readonly rule: Rule | null }
  | { readonly kind: 'remove-zone'; readonly zone: Zone }
  | { readonly kind: 'remove-rule'; readonly rule: Rule }

/** Zones and tripwires of one camera, drawn on its live picture, with the rules that stand on them. */
export default function RulesPage({ cameraId }: { readonly cameraId: string }) {
  const t = words.value
  const known = cameraSignal(cameraId).value
  const [answer, setAnswer] = useState<Answer<CameraRules> | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const [points, setPoints] = useState<readonly Point[] | null>(null)
  const [draft, setDraft] = useState<Draft | null>(null)
  const [open, setOpen] = useState<Open | null>(null)

  const read = async () => {
    setAnswer(await readRules(cameraId))
  }
  useEffect(() => {
    void read()
    watch([cameraId])
    return () => {
      watch([])
    }
  }, [cameraId])

  const choose = (zoneId: string | null) => {
    setChosen(zoneId)
    setPoints(null)
  }
  const after = (done: Answer<unknown>) => {
    if (!done.ok) tell('failed', failureText(done.failure))
    void read()
    return done.ok
  }
  const drawn = async (shape: Draft) => {
    const flaw = shapeFlaw(shape.kind, shape.points)
    if (flaw) {
      tell('failed', codeWords(flaw))
      return
    }
    setDraft(null)
    const number =
      (answer?.ok === true ? answer.value.zones : []).filter(({ kind }) => kind === shape.kind).length + 1
    const name = shape.kind === 'zone' ? t.rules.newZone(number) : t.rules.newLine(number)
    const added = await addZone(cameraId, { name, kind: shape.kind, points: [...shape.points] })
    after(added)
    if (added.ok) choose(added.value.id)
  }
  const saveShape = async (zone: Zone) => {
    if (!points) return
    const flaw = shapeFlaw(zone.kind, points)
    if (flaw) {
      tell('failed', codeWords(flaw))
      return
    }
    if (after(await changeZone(zone, { points: [...points] }))) setPoints(null)
  }

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (keysAreTaken(event)) return
      if (event.key === 'Escape') {
        if (draft) setDraft(null)
        else choose(null)
      } else if (event.key === 'Enter' && draft) void drawn(draft)
      else if (event.key === 'Backspace' && draft) setDraft({ ...draft, points: draft.points.slice(0, -1) })
      else return
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => {
      removeEventListener('keydown', press)
    }
  })

  if (known === 'gone')
    return <Notice kind="empty" text={t.wall.gone} next={<a href="/devices">{t.rules.back}</a>} />
  if (known === 'unread' || !answer) return <Loading />
  if (!answer.ok) return <Failed failure={answer.failure} retry={() => void read()} />
  const { zones, rules } = answer.value
  const edited = points ? zones.find((zone) => zone.id === chosen) : undefined
  const close = () => {
    setOpen(null)
  }
  const closeAndRead = () => {
    setOpen(null)
    void read()
  }
  return (
    <div class="rules-page">
      <section class="left">
        <RulesBar
          title={t.rules.title(known.name)}
          draft={draft}
          edited={edited !== undefined}
          chosen={chosen !== null}
          onDraw={(kind) => {
            choose(null)
            setDraft({ kind, points: [] })
          }}
          onFinish={() => {
            if (draft) void drawn(draft)
          }}
          onSave={() => {
            if (edited) void saveShape(edited)
          }}
          onCancel={() => {
            setDraft(null)
            setPoints(null)
          }}
        />
        <ZoneEditor
          cameraId={cameraId}
          cameraName={known.name}
          zones={zones}
          chosen={chosen}
          points={points}
          draft={draft}
          onChoose={choose}
          onPoints={setPoints}
          onDraft={setDraft}
          onDrawn={(shape) => void drawn(shape)}
        />
        {known.state !== 'online' && <p class="dim small hint">{t.rules.paused}</p>}
      </section>
      <aside class="zones">
        <h2>{t.rules.zones}</h2>
        {zones.length === 0 && <Notice kind="empty" text={t.rules.noZones} />}
        {zones.map((zone) => (
          <ZoneCard
            key={zone.id}
            zone={zone}
            rules={rules.filter((rule) => rule.zoneId === zone.id)}
            chosen={zone.id === chosen}
            onChoose={choose}
            onRename={(changed, name) => void changeZone(changed, { name }).then(after)}
            onReverse={(changed) =>
              void changeZone(changed, { points: changed.points.toReversed() }).then(after)
            }
            onRemove={(removed) => {
              setOpen({ kind: 'remove-zone', zone: removed })
            }}
            onAddRule={(of) => {
              setOpen({ kind: 'rule', zone: of, rule: null })
            }}
            onEditRule={(of, rule) => {
              setOpen({ kind: 'rule', zone: of, rule })
            }}
            onToggleRule={(rule) => void changeRule(rule, { enabled: !rule.enabled }).then(after)}
            onRemoveRule={(rule) => {
              setOpen({ kind: 'remove-rule', rule })
            }}
          />
        ))}
      </aside>
      {open?.kind === 'rule' && (
        <RuleDialog zone={open.zone} rule={open.rule} onClose={close} onSaved={closeAndRead} />
      )}
      {open?.kind === 'remove-zone' && (
        <ConfirmDialog
          title={open.zone.name}
          text={t.rules.removeZone(open.zone.name)}
          confirm={t.common.remove}
          act={() => removeZone(open.zone)}
          onClose={close}
          onDone={closeAndRead}
        />
      )}
      {open?.kind === 'remove-rule' && (
        <ConfirmDialog
          title={open.rule.name}
          text={t.rules.removeRule(open.rule.name)}
          confirm={t.common.remove}
          act={() => removeRule(open.rule)}
          onClose={close}
          onDone={closeAndRead}
        />
      )}
    </div>
  )
}
