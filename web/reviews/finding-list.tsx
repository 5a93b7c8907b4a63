import { useState } from 'preact/hooks'
import type { TrialFiring } from '../../src/contract/reviews.ts'
import type { RuleKind } from '../../src/contract/rules.ts'
import { explain } from '../alerts/explanation.ts'
import { playbackPath } from '../app/pages.ts'
import { words } from '../language/language.ts'
import { shortTime } from '../parts/time.ts'
import { may } from '../state/session.ts'
import './reviews.css'

/** A firing that was no alert, as it is listed. */
export interface ListedFinding extends Omit<TrialFiring, 'trackId' | 'folded'> {
  readonly cameraId: string
  readonly ruleKind: RuleKind
  readonly zoneName: string | null
  /** Null or left out: the recording has one. */
  readonly still?: string | null
  /** Said where it is not clear from what stands around. */
  readonly where?: string
}

/** What led to it is part of it. */
const leadMs = 5_000
/** Each picture of a recording is decoded for whoever looks: not for hundreds at once. */
const mostStills = 24

export function FindingList({ findings }: { readonly findings: readonly ListedFinding[] }) {
  return (
    <ol class="findings">
      {findings.map((finding, index) => (
        <FindingLine
          key={`${finding.cameraId} ${finding.at} ${index}`}
          finding={finding}
          pictured={index < mostStills || typeof finding.still === 'string'}
        />
      ))}
    </ol>
  )
}

function FindingLine({ finding, pictured }: { readonly finding: ListedFinding; readonly pictured: boolean }) {
  const atMs = Date.parse(finding.at)
  const body = (
    <>
      {pictured && may('playback') && <Still finding={finding} />}
      <span class="words">
        <time class="small">{shortTime(atMs, Date.now())}</time>
        <span class="small">{explain(finding)}</span>
        {finding.where !== undefined && <span class="dim small cut">{finding.where}</span>}
      </span>
    </>
  )
  const facts = { 'data-testid': 'finding', 'data-at': atMs }
  return (
    <li>
      {may('playback') ? (
        <a
          href={playbackPath([finding.cameraId], atMs - leadMs)}
          title={words.value.alerts.playback}
          {...facts}
        >
          {body}
        </a>
      ) : (
        <span {...facts}>{body}</span>
      )}
    </li>
  )
}

/** With the object's box; one from the recording has it drawn over. */
function Still({ finding: { cameraId, at, still, box } }: { readonly finding: ListedFinding }) {
  const [failed, setFailed] = useState(false)
  const drawn = typeof still === 'string'
  if (failed) return <span class="still missing dim small">{words.value.alerts.noSnapshot}</span>
  return (
    <span class="still">
      <img
        src={drawn ? still : `/api/v1/cameras/${cameraId}/snapshot?at=${Date.parse(at)}`}
        alt=""
        loading="lazy"
        decoding="async"
        onError={() => {
          setFailed(true)
        }}
      />
      {!drawn && box !== null && (
        <i
          style={{
            left: `${box.x * 100}%`,
            top: `${box.y * 100}%`,
            width: `${box.w * 100}%`,
            height: `${box.h * 100}%`,
          }}
        />
      )}
    </span>
  )
}
