import { useEffect, useRef, useState } from 'preact/hooks'
import type { CameraHeat, CameraHeatQuery, HeatMeasure } from '../../src/contract/heatmaps.ts'
import { codeWords, words } from '../language/language.ts'
import { get } from '../state/api.ts'
import { heatPixels } from './heat-colours.ts'
import { HeatLegend } from './heat-legend.tsx'
import { paintGrid } from './heat-paint.ts'
import { heatValue } from './heat-value.ts'
import { pictureRect } from './picture-rect.ts'
import './heat-overlay.css'

export type HeatClass = NonNullable<CameraHeatQuery['class']>

interface HeatOverlayProps {
  readonly cameraId: string
  readonly windowMinutes: number
  readonly objects: HeatClass
  readonly measure: HeatMeasure
  /** Width over height of the picture below; the overlay lies on it exactly. */
  readonly video: () => HTMLVideoElement | null
}

const refreshMs = 10_000

/** Where people or vehicles were, over the picture in which they were seen. */
export function HeatOverlay({ cameraId, windowMinutes, objects, measure, video }: HeatOverlayProps) {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [heat, setHeat] = useState<CameraHeat | null>(null)
  const [failure, setFailure] = useState<string | null>(null)

  useEffect(() => {
    const cancel = new AbortController()
    const read = async () => {
      const from = Date.now() - windowMinutes * 60_000
      const answer = await get<CameraHeat>(
        `/heatmaps/camera/${cameraId}`,
        { from, class: objects, measure },
        cancel.signal,
      )
      if (cancel.signal.aborted) return
      if (answer.ok) setHeat(answer.value)
      setFailure(answer.ok ? null : answer.failure.code)
    }
    void read()
    const timer = setInterval(() => void read(), refreshMs)
    return () => {
      cancel.abort()
      clearInterval(timer)
    }
  }, [cameraId, windowMinutes, objects, measure])

  useEffect(() => {
    if (heat && canvas.current) paintGrid(canvas.current, heat, heatPixels)
  }, [heat])

  // The picture's place in the tile changes with the tile and with the stream's shape.
  useEffect(() => {
    const place = () => {
      const box = frame.current
      const element = video()
      if (!box || !canvas.current) return
      const rect = pictureRect(
        box.clientWidth,
        box.clientHeight,
        element?.videoWidth ?? 16,
        element?.videoHeight ?? 9,
      )
      Object.assign(canvas.current.style, {
        left: `${rect.left}px`,
        top: `${rect.top}px`,
        width: `${rect.width}px`,
        height: `${rect.height}px`,
      })
    }
    place()
    const observer = new ResizeObserver(place)
    if (frame.current) observer.observe(frame.current)
    const element = video()
    element?.addEventListener('resize', place)
    return () => {
      observer.disconnect()
      element?.removeEventListener('resize', place)
    }
  })

  const t = words.value
  return (
    <div class="heat-overlay" ref={frame} data-testid="heat-overlay" data-maximum={heat?.maximum ?? 0}>
      <canvas ref={canvas} aria-hidden="true" />
      <div class="heat-note">
        {failure !== null ? (
          <span>{codeWords(failure)}</span>
        ) : heat === null ? (
          <span>{t.common.loading}</span>
        ) : heat.maximum === 0 ? (
          <span>{t.wall.heatEmpty}</span>
        ) : (
          <HeatLegend from={t.wall.heatLegend} to={heatValue(heat.maximum, heat.unit)} />
        )}
      </div>
    </div>
  )
}
