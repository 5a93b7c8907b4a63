import { useEffect, useState } from 'preact/hooks'
import type { AuditQuery, AuditVerification } from '../../src/contract/audit.ts'
import { words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import { dayTime } from '../parts/time.ts'
import type { Failure } from '../state/api.ts'
import { readVerification, startVerification } from './system-api.ts'

const lookAgainMs = 700

interface AuditCheckProps {
  readonly filters: Omit<AuditQuery, 'limit' | 'cursor'>
  readonly onChange: () => void
}

/** Whether the trail holds, and how to take it along. */
export function AuditCheck({ filters, onChange }: AuditCheckProps) {
  const t = words.value.administration.audit
  const [found, setFound] = useState<AuditVerification | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const running = found?.state === 'running'
  const look = async () => {
    const answer = await readVerification()
    if (answer.ok) setFound(answer.value)
    setFailure(answer.ok ? null : answer.failure)
  }
  useEffect(() => {
    void look()
  }, [])
  useEffect(() => {
    if (!running) return undefined
    const timer = setInterval(() => void look(), lookAgainMs)
    return () => {
      clearInterval(timer)
    }
  }, [running])
  const start = async () => {
    const answer = await startVerification()
    if (answer.ok) setFound(answer.value)
    setFailure(answer.ok ? null : answer.failure)
    onChange()
  }
  const csv = new URLSearchParams({ format: 'csv', ...filters }).toString()
  return (
    <div class="audit-check">
      <Result found={found} />
      <FailureLine failure={failure} />
      <span class="grow" />
      <button
        type="button"
        class="button"
        disabled={running}
        data-testid="audit-verify"
        onClick={() => void start()}
      >
        {t.verify}
      </button>
      <a class="button" href="/api/v1/audit/export" download data-testid="audit-export">
        {t.exportChain}
      </a>
      <a class="button" href={`/api/v1/audit/export?${csv}`} download>
        {t.exportTable}
      </a>
    </div>
  )
}

function Result({ found }: { readonly found: AuditVerification | null }) {
  const t = words.value.administration.audit
  if (found === null) return null
  const { state, checked, total, heads, flaws, finishedAt } = found
  if (state === 'never') return <span class="dim">{t.never}</span>
  if (state === 'failed') return <span class="warning">{t.verifyFailed}</span>
  if (state === 'running')
    return (
      <span role="status" class="running">
        {t.verifying(checked, total)} <progress value={checked} max={Math.max(total, 1)} />
      </span>
    )
  if (flaws.length === 0)
    return (
      <span role="status" class="good" data-testid="audit-whole">
        ✓ {t.whole(checked, heads, dayTime(Date.parse(finishedAt ?? '')))}
      </span>
    )
  return (
    <span role="alert" class="critical" data-testid="audit-broken">
      ✗ {t.broken(flaws.length)}:{' '}
      {flaws
        .slice(0, 5)
        .map(({ kind, sequence }) => `${t.at(sequence)} ${t.flaws[kind]}`)
        .join('; ')}
    </span>
  )
}
