import { useEffect, useState } from 'preact/hooks'
import type { Rule, Zone } from '../../src/contract/rules.ts'
import type { PictureRuleKind } from '../../src/domain/rule-kinds.ts'
import { words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Failed, failureText, Loading, Notice } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import type { Answer } from '../state/api.ts'
import { cameraSignal } from '../state/cameras.ts'
import { watch } from '../state/connection.ts'
import { readRuleOutcomes } from '../state/outcomes.ts'
import { may } from '../state/session.ts'
import { drawing, editing, flawOf } from './edit.ts'
import { MaskList } from './mask-list.tsx'
import { PictureRules } from './picture-rules.tsx'
import { RuleEditor } from './rule-editor.tsx'
import { draftOf, emptyRule, kindsFor, type RuleForm, ruleFormOf, ruleOf } from './rule-form.ts'
import {
  addRule,
  type CameraRules,
  changeRule,
  changeZone,
  readRules,
  removeRule,
  removeZone,
} from './rules-api.ts'
import { RulesBar } from './rules-bar.tsx'
import { useLiveCheck } from './use-live-check.ts'
import { useShapes } from './use-shapes.ts'
import { ZoneCard } from './zone-card.tsx'
import { ZoneEditor } from './zone-editor.tsx'
import './rules-page.css'

type Removing =
  | { readonly kind: 'zone'; readonly zone: Zone }
  | { readonly kind: 'rule'; readonly rule: Rule }

/** A rule that is being written; without a zone it is on the picture itself. */
interface Writing {
  readonly zoneId: string | null
  readonly rule: Rule | null
  readonly form: RuleForm
}

/** Everything drawn on one camera's live picture, and the rules that stand on it. */
export default function RulesPage({ cameraId }: { readonly cameraId: string }) {
  const t = words.value
  const known = cameraSignal(cameraId).value
  const [answer, setAnswer] = useState<Answer<CameraRules> | null>(null)
  const [writing, setWriting] = useState<Writing | null>(null)
  const [removing, setRemoving] = useState<Removing | null>(null)

  const read = async () => {
    setAnswer(await readRules(cameraId))
  }
  useEffect(() => {
    const cancel = new AbortController()
    void read()
    void readRuleOutcomes(cameraId, cancel.signal)
    watch([cameraId])
    return () => {
      cancel.abort()
      watch([])
    }
  }, [cameraId])

  const zones = answer?.ok === true ? answer.value.zones : []
  const rules = answer?.ok === true ? answer.value.rules : []
  const after = (done: Answer<unknown>) => {
    if (!done.ok) tell('failed', failureText(done.failure))
    void read()
    return done.ok
  }
  const { editor, masks, shapes, drawn, save, removeMask } = useShapes({
    ...{ cameraId, zones, after },
    maskPoints: typeof known === 'object' ? known.analysis.masks : [],
  })
  const { edit } = editor
  const mayChange = may('configure')
  const choose = (id: string | null) => {
    if (!mayChange) return
    const shape = shapes.find((one) => one.id === id)
    // Another shape has other rules: what is being written stands on this one.
    if (writing === null) editor.set(shape ? editing(shape) : null)
  }
  const write = (zoneId: string | null, rule: Rule | null, form: RuleForm) => {
    setWriting({ zoneId, rule, form })
    const zone = zones.find(({ id }) => id === zoneId)
    editor.set(zone ? editing(zone) : null)
  }
  const stopWriting = () => {
    setWriting(null)
    editor.set(null)
  }

  const zone = zones.find(({ id }) => id === writing?.zoneId) ?? null
  const points = zone && edit?.id === zone.id ? edit.points : zone?.points
  const ground = zone && { ...zone, points: [...(points ?? [])] }
  const live = useLiveCheck(
    cameraId,
    writing ? ruleOf(writing.form, cameraId) : null,
    ground && flawOf(ground) === null ? ground : null,
  )

  if (!may('analytics')) return <Notice kind="denied" text={t.common.denied} />
  if (known === 'gone')
    return <Notice kind="empty" text={t.wall.gone} next={<a href="/devices">{t.rules.back}</a>} />
  if (known === 'unread' || !answer) return <Loading />
  if (!answer.ok) return <Failed failure={answer.failure} retry={() => void read()} />
  const switchPicture = async (kind: PictureRuleKind, rule: Rule | null) => {
    const form = emptyRule(kind)
    after(
      rule
        ? await changeRule(rule, { enabled: !rule.enabled })
        : await addRule(cameraId, { ...draftOf(form, t.ruleKind[kind]), zoneId: null }),
    )
  }
  return (
    <div class="rules-page">
      <section class="left">
        <RulesBar
          title={t.rules.title(known.name)}
          edit={edit}
          corner={editor.corner}
          onDraw={(kind) => {
            setWriting(null)
            editor.set(drawing(kind))
          }}
          onFinish={() => {
            if (edit) void drawn(edit)
          }}
          onSave={() => void save()}
          onCancel={() => {
            const shape = shapes.find(({ id }) => id === edit?.id)
            editor.set(shape && writing ? editing(shape) : null)
          }}
          onUndo={editor.undo}
          onRedo={editor.redo}
          onRemoveCorner={editor.removeCorner}
        />
        <ZoneEditor
          cameraId={cameraId}
          cameraName={known.name}
          shapes={shapes}
          edit={edit}
          corner={editor.corner}
          allowedDeg={writing?.form.kind === 'wrong-way' ? Number(writing.form.allowedDeg) : null}
          fired={live.fired}
          onChoose={choose}
          onEdit={editor.set}
          onCorner={editor.setCorner}
          onDrawn={(shape) => void drawn(shape)}
        />
        {known.state !== 'online' && <p class="dim small hint">{t.rules.paused}</p>}
      </section>
      {writing && (writing.zoneId === null || ground) ? (
        <aside class="zones">
          <RuleEditor
            key={`${writing.zoneId} ${writing.rule?.id ?? ''}`}
            cameraId={cameraId}
            ground={
              ground && {
                id: ground.id,
                shape: { name: ground.name, kind: ground.kind, points: ground.points },
              }
            }
            rule={writing.rule}
            form={writing.form}
            live={live}
            analysed={known.analysis.enabled}
            saveShape={save}
            onForm={(form) => {
              setWriting({ ...writing, form })
            }}
            onClose={stopWriting}
            onSaved={() => {
              stopWriting()
              void read()
            }}
          />
        </aside>
      ) : (
        <fieldset class="zones cards" disabled={!mayChange}>
          <h2>{t.rules.zones}</h2>
          {!mayChange && <p class="dim small">{t.rules.readOnly}</p>}
          {zones.length === 0 && <Notice kind="empty" text={t.rules.noZones} />}
          {zones.map((one) => (
            <ZoneCard
              key={one.id}
              zone={one}
              rules={rules.filter((rule) => rule.zoneId === one.id)}
              chosen={one.id === edit?.id}
              onChoose={choose}
              onRename={(changed, name) => void changeZone(changed, { name }).then(after)}
              onReverse={(changed) =>
                void changeZone(changed, { points: changed.points.toReversed() }).then((done) => {
                  after(done)
                  if (done.ok && edit?.id === changed.id) editor.set(editing(done.value))
                })
              }
              onRemove={(removed) => {
                setRemoving({ kind: 'zone', zone: removed })
              }}
              onAddRule={(of) => {
                write(of.id, null, emptyRule(kindsFor(of.kind)[0] ?? 'enter'))
              }}
              onEditRule={(of, rule) => {
                write(of.id, rule, ruleFormOf(rule))
              }}
              onToggleRule={(rule) => void changeRule(rule, { enabled: !rule.enabled }).then(after)}
              onRemoveRule={(rule) => {
                setRemoving({ kind: 'rule', rule })
              }}
            />
          ))}
          <MaskList
            masks={masks}
            chosen={edit?.id ?? null}
            onChoose={choose}
            onRemove={(id) => void removeMask(id)}
          />
          <PictureRules
            cameraId={cameraId}
            rules={rules.filter(({ zoneId }) => zoneId === null)}
            onSwitch={(kind, rule) => void switchPicture(kind, rule)}
            onEdit={(kind, rule) => {
              write(null, rule, rule ? ruleFormOf(rule) : emptyRule(kind))
            }}
          />
        </fieldset>
      )}
      {removing && (
        <ConfirmDialog
          title={removing.kind === 'zone' ? removing.zone.name : removing.rule.name}
          text={
            removing.kind === 'zone'
              ? t.rules.removeZone(removing.zone.name)
              : t.rules.removeRule(removing.rule.name)
          }
          confirm={t.common.remove}
          act={() => (removing.kind === 'zone' ? removeZone(removing.zone) : removeRule(removing.rule))}
          onClose={() => {
            setRemoving(null)
          }}
          onDone={() => {
            if (removing.kind === 'zone') editor.set(null)
            setRemoving(null)
            void read()
          }}
        />
      )}
    </div>
  )
}
