import { useEffect, useState } from 'preact/hooks'
import { named, words } from '../language/language.ts'
import type { Rect } from '../live/picture-rect.ts'
import type { WouldFire } from './live-check.ts'

interface FiredMarksProps {
  /** The latest first. */
  readonly fired: readonly WouldFire[]
  readonly rect: Rect
}

const shownMs = 3_000
const mostShown = 6

/** Where a drafted rule has just fired, for a moment. */
export function FiredMarks({ fired, rect }: FiredMarksProps) {
  const t = words.value
  const [nowMs, setNowMs] = useState(Date.now())
  const newest = fired[0]
  // Shown from when it is heard of, however late that is: the camera's clock is its own.
  const [heard, setHeard] = useState<ReadonlyMap<WouldFire, number>>(new Map())
  useEffect(() => {
    const at = Date.now()
    setHeard((before) => new Map(fired.slice(0, mostShown).map((one) => [one, before.get(one) ?? at])))
    setNowMs(at)
    if (!newest) return undefined
    const over = setTimeout(() => {
      setNowMs(Date.now())
    }, shownMs + 50)
    return () => {
      clearTimeout(over)
    }
  }, [newest])
  return (
    <g class="fired" aria-hidden="true" data-testid="fired-marks">
      {[...heard].map(([one, heardMs]) => {
        const { box, class: name, subject } = one.firing
        if (box === null || nowMs - heardMs > shownMs) return null
        const at = { x: box.x * rect.width, y: box.y * rect.height }
        return (
          <g key={`${subject} ${one.atUtcMs}`}>
            <rect {...at} width={box.w * rect.width} height={box.h * rect.height} />
            <text x={at.x + 4} y={Math.max(at.y - 6, 14)}>
              {`${t.rules.wouldFire} · ${name === null ? '' : named(t.objects, name)}`}
            </text>
          </g>
        )
      })}
    </g>
  )
}
