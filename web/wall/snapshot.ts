import { words } from '../language/language.ts'
import { dayTime } from '../parts/time.ts'
import { tell } from '../parts/toast.tsx'
import { knownCamera } from '../state/cameras.ts'
import { pictures } from './pictures.ts'

/** Saves the picture on the screen as a file, named after its camera and its own time. */
export function saveSnapshot(cameraId: string): void {
  const picture = pictures.get(cameraId)?.()
  saveVideoPicture(picture?.video ?? null, cameraId, picture?.shownUtcMs() ?? Date.now())
}

export function saveVideoPicture(video: HTMLVideoElement | null, cameraId: string, shownMs: number): void {
  const t = words.value.wall
  if (!video || video.videoWidth === 0) {
    tell('failed', t.snapshotNoPicture)
    return
  }
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')?.drawImage(video, 0, 0)
  const camera = knownCamera(cameraId)?.name ?? cameraId
  const name = `${fileName(camera)}_${dayTime(shownMs).replace(' ', '_').replaceAll(':', '')}.jpg`
  canvas.toBlob(
    (blob) => {
      if (!blob) return
      const link = document.createElement('a')
      link.href = URL.createObjectURL(blob)
      link.download = name
      link.click()
      URL.revokeObjectURL(link.href)
      tell('done', t.snapshotSaved(name))
    },
    'image/jpeg',
    0.92,
  )
}

function fileName(text: string): string {
  return text.replaceAll(/[\\/:*?"<>|\s]+/g, '-')
}
