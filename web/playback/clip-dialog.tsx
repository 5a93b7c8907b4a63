import { useEffect, useState } from 'preact/hooks'
import { reviewPath } from '../app/pages.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { failureText } from '../parts/states.tsx'
import { clockTenths, dayTime } from '../parts/time.ts'
import type { Answer } from '../state/api.ts'
import { knownCamera } from '../state/cameras.ts'
import { may } from '../state/session.ts'
import { type ClipTimes, changeWithin, clipAddress, readClipTimes } from './clip.ts'
import { bookOf } from './recordings.ts'
import { clipEstimate, lengthText, sizeText } from './selection.ts'
import type { Span } from './spans.ts'

interface ClipDialogProps {
  readonly part: Span
  readonly cameraIds: readonly string[]
  readonly onClose: () => void
}

const longestMs = 24 * 3_600_000

/** One file a camera: its estimated size, and the true times of its first and last picture. */
export function ClipDialog({ part, cameraIds, onClose }: ClipDialogProps) {
  const t = words.value.playback
  const tooLong = part.toMs - part.fromMs > longestMs
  return (
    <Dialog title={t.clip} onClose={onClose} wide testId="clip-dialog">
      <div class="body">
        <p>
          {t.clipAsked(momentText(part.fromMs), momentText(part.toMs), lengthText(part.toMs - part.fromMs))}
        </p>
        {tooLong ? (
          <p class="message warning">{t.clipTooLong}</p>
        ) : (
          <ul class="clips">
            {cameraIds.map((cameraId) => (
              <ClipLine key={cameraId} cameraId={cameraId} part={part} />
            ))}
          </ul>
        )}
        <p class="dim small">{t.clipHint}</p>
        {may('handle') && !tooLong && (
          <p>
            <a href={reviewPath(cameraIds, part.fromMs, part.toMs)} data-testid="review-part">
              {words.value.reviews.ofPart}
            </a>
          </p>
        )}
      </div>
    </Dialog>
  )
}

const momentText = (utcMs: number) => `${dayTime(utcMs).slice(0, 11)}${clockTenths(utcMs)}`

function ClipLine({ cameraId, part }: { readonly cameraId: string; readonly part: Span }) {
  const t = words.value.playback
  const [times, setTimes] = useState<Answer<ClipTimes> | null>(null)
  useEffect(() => {
    const cancel = new AbortController()
    void readClipTimes(cameraId, part, cancel.signal).then((answer) => {
      if (!cancel.signal.aborted) setTimes(answer)
    })
    return () => {
      cancel.abort()
    }
  }, [cameraId, part.fromMs, part.toMs])
  const changesAtMs = times?.ok === false ? changeWithin(times.failure, part) : null
  if (changesAtMs !== null) {
    return (
      <>
        <li class="small dim">{t.clipParts}</li>
        <ClipLine cameraId={cameraId} part={{ fromMs: part.fromMs, toMs: changesAtMs }} />
        <ClipLine cameraId={cameraId} part={{ fromMs: changesAtMs, toMs: part.toMs }} />
      </>
    )
  }
  const { runs, bytesPerMs } = bookOf(cameraId)
  const { recordedMs, bytes, hasGaps } = clipEstimate(part, runs, bytesPerMs)
  return (
    <li data-testid="clip-line" data-camera={cameraId}>
      <div class="grow">
        <strong>{knownCamera(cameraId)?.name ?? cameraId}</strong>
        <div class="dim small">
          {t.clipHolds(lengthText(recordedMs), bytes === null ? '?' : sizeText(bytes))}
          {hasGaps && <span class="warn"> · {t.clipGaps}</span>}
        </div>
        <div class="small">
          {times === null
            ? words.value.common.loading
            : times.ok
              ? t.clipTrue(momentText(times.value.firstMs), momentText(times.value.lastMs))
              : failureText(times.failure)}
        </div>
      </div>
      {times?.ok === true && (
        <a class="button primary" href={clipAddress(cameraId, part)} download data-testid="clip-download">
          {t.download}
        </a>
      )}
    </li>
  )
}
