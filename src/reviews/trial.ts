import { CameraWatch } from '../alerts/camera-watch.ts'
import type { Watch } from '../alerts/watches.ts'
import type { Trial, TrialFiring } from '../contract/reviews.ts'
import { AlertFlow } from '../domain/alert-flow.ts'
import type { Firing } from '../domain/alert-rule.ts'
import { visiblePart } from '../domain/geometry.ts'
import type { AlertId, UnitId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { InspectionLog } from './inspection-log.ts'

interface Window {
  readonly fromUtcMs: UtcMs
  readonly toUtcMs: UtcMs
}

/** What stood in the zone before the window must be known to stand there, as it was to the live rules. */
const warmUpMs = 2 * 60_000
/** Two inspections so far apart leave nothing out between them. */
const joinedMs = 3_000
const mostShown = 200
/** From less, a figure for an hour would be a guess. */
const tellingMs = 60_000
const hourMs = 3600_000
const anyUnit = '' as UnitId

/** One rule over what was found in the window: by the same code that holds live inspections against rules. */
export async function tryRule(
  log: Pick<InspectionLog, 'between'>,
  watch: Watch,
  { fromUtcMs, toUtcMs }: Window,
): Promise<Trial> {
  const { cameraId } = watch.rule
  const camera = new CameraWatch([watch])
  const folding = new Folding(watch)
  const firings: TrialFiring[] = []
  let fired = 0
  let delivered = 0
  let inspectedMs = 0
  let lastUtcMs = -Infinity
  for await (const inspection of log.between(cameraId, fromUtcMs - warmUpMs, toUtcMs)) {
    const at = inspection.frame.programmeUtcMs
    const found = camera.inspect(inspection)
    if (at < fromUtcMs) continue
    if (at - lastUtcMs <= joinedMs) inspectedMs += at - lastUtcMs
    lastUtcMs = at
    for (const { firing } of found) {
      const folded = folding.folds(firing, at)
      fired += 1
      if (!folded) delivered += 1
      firings.push({ ...firingOnWire(firing, at), trackId: firing.trackId, folded })
      if (firings.length > mostShown) firings.shift()
    }
  }
  return {
    from: new Date(fromUtcMs).toISOString(),
    to: new Date(toUtcMs).toISOString(),
    inspectedMs: Math.round(inspectedMs),
    fired,
    delivered,
    perHour: inspectedMs < tellingMs ? null : (delivered * hourMs) / inspectedMs,
    firings,
  }
}

/** Whose alert would have been folded, had each been stored as it fired and none been handled. */
class Folding {
  readonly #flow = new AlertFlow()
  readonly #rule: Watch['rule']
  #count = 0

  constructor({ rule }: Watch) {
    this.#rule = rule
  }

  folds({ subject }: Firing, arrivedUtcMs: UtcMs): boolean {
    const { id: ruleId, cooldownMs } = this.#rule
    const alertId = String(++this.#count) as AlertId
    const arrival = { alertId, ruleId, unitId: anyUnit, subject, cooldownMs, arrivedUtcMs }
    const [groupId = alertId] = this.#flow.plan([arrival])
    this.#flow.note(arrival, groupId)
    return groupId !== alertId
  }
}

function firingOnWire(firing: Firing, atUtcMs: UtcMs): Omit<TrialFiring, 'trackId' | 'folded'> {
  const { class: name, score, box, dwellMs, direction, explanation } = firing
  return {
    at: new Date(atUtcMs).toISOString(),
    class: name,
    score,
    box: box === null ? null : visiblePart(box),
    dwellMs: dwellMs === null ? null : Math.round(dwellMs),
    direction,
    explanation: wholeNumbers(explanation),
  }
}

/** Times as whole milliseconds, as the contract has them. */
function wholeNumbers(explanation: Firing['explanation']): Firing['explanation'] {
  const { lastedMs, limitMs } = explanation
  return {
    ...explanation,
    ...(lastedMs === undefined ? {} : { lastedMs: Math.round(lastedMs) }),
    ...(limitMs === undefined ? {} : { limitMs: Math.round(limitMs) }),
  }
}
