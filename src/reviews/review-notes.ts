import type { Selectable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { visiblePart } from '../domain/geometry.ts'
import type { UtcMs } from '../domain/time.ts'
import type { ReviewCameraTable } from '../platform/review-tables.ts'
import type { CameraReview, FoundFiring, ReviewedFrame } from './camera-review.ts'

/** What is known since the last checkpoint. */
export class ReviewNotes {
  readonly #camera: Selectable<ReviewCameraTable>
  readonly #work: CameraReview
  readonly #frameMs: number
  readonly #inspected: (ms: number) => void
  #found: FoundFiring[] = []
  #reachedUtcMs: UtcMs
  #inspectedMs = 0
  #frames = 0
  findings = 0

  constructor(
    camera: Selectable<ReviewCameraTable>,
    work: CameraReview,
    reachedUtcMs: UtcMs,
    inspected: (ms: number) => void,
  ) {
    this.#camera = camera
    this.#work = work
    this.#frameMs = 1000 / camera.frames_per_s
    this.#reachedUtcMs = reachedUtcMs
    this.#inspected = inspected
  }

  add({ atUtcMs, inspected, fired }: ReviewedFrame): void {
    if (atUtcMs < this.#reachedUtcMs) return
    // A gap in the recording is not inspected; uneven pictures are, in between.
    const sinceMs = atUtcMs - this.#reachedUtcMs
    const inspectedMs = sinceMs > 4 * this.#frameMs ? this.#frameMs : sinceMs
    this.#reachedUtcMs = atUtcMs
    if (!inspected) return
    this.#inspectedMs += inspectedMs
    this.#inspected(inspectedMs)
    this.#frames += 1
    this.findings += fired.length
    this.#found.push(...fired)
  }

  take() {
    const found = this.#found
    this.#found = []
    const camera = this.#camera
    const objects: Record<string, number> = { ...camera.objects }
    for (const [name, count] of Object.entries(this.#work.objects))
      objects[name] = (objects[name] ?? 0) + count
    return {
      found,
      state: {
        inspected_ms: Math.round(camera.inspected_ms + this.#inspectedMs),
        reached_at: new Date(this.#reachedUtcMs),
        frames: camera.frames + this.#frames,
        objects: JSON.stringify(objects),
      },
    }
  }
}

export function findingRow(reviewId: string, { rule, zone, firing, atUtcMs, jpeg }: FoundFiring) {
  const box = firing.box === null ? null : visiblePart(firing.box)
  return {
    id: uuidv7(),
    review_id: reviewId,
    camera_id: rule.cameraId,
    rule_id: rule.id,
    rule_name: rule.name,
    rule_kind: rule.kind,
    severity: rule.severity,
    zone_name: zone?.name ?? null,
    subject: firing.subject,
    class: firing.class,
    score: firing.score,
    box: box === null ? null : [box.x, box.y, box.w, box.h],
    dwell_ms: firing.dwellMs === null ? null : Math.round(firing.dwellMs),
    direction: firing.direction,
    explanation: JSON.stringify(firing.explanation),
    firing: firing.firing,
    occurred_at: new Date(atUtcMs),
    jpeg,
  }
}
