import { useEffect, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { dayTime } from '../parts/time.ts'

interface HoverPictureProps {
  readonly cameraId: string
  readonly utcMs: number
}

/** A pointer that only passes asks for nothing. */
const restMs = 120

/** What was to be seen at the moment below the pointer: the keyframe before it, as soon as it rests. */
export function HoverPicture({ cameraId, utcMs }: HoverPictureProps) {
  const [picture, setPicture] = useState<{ readonly url: string; readonly utcMs: number } | null>(null)
  const [failed, setFailed] = useState(false)
  const second = Math.floor(utcMs / 1000) * 1000
  useEffect(() => {
    const cancel = new AbortController()
    setFailed(false)
    const timer = setTimeout(() => {
      void readPicture(cameraId, second, cancel.signal).then((found) => {
        if (cancel.signal.aborted) {
          if (found) URL.revokeObjectURL(found.url)
          return
        }
        setPicture(found)
        setFailed(found === null)
      })
    }, restMs)
    return () => {
      clearTimeout(timer)
      cancel.abort()
    }
  }, [cameraId, second])
  useEffect(() => () => picture === null || URL.revokeObjectURL(picture.url), [picture])
  if (failed) return null
  return (
    <div class="hover-picture" data-testid="hover-picture" data-at={picture?.utcMs ?? ''}>
      {picture && <img src={picture.url} alt={words.value.playback.pictureOf(dayTime(picture.utcMs))} />}
    </div>
  )
}

async function readPicture(cameraId: string, utcMs: number, signal: AbortSignal) {
  const response = await fetch(`/api/v1/cameras/${cameraId}/thumbnail?at=${utcMs}`, { signal }).catch(
    () => null,
  )
  const shownMs = Date.parse(response?.headers.get('x-frame-time') ?? '')
  const blob = response?.ok === true ? await response.blob().catch(() => null) : null
  if (blob === null || Number.isNaN(shownMs)) return null
  return { url: URL.createObjectURL(blob), utcMs: shownMs }
}
