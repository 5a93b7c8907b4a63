import { useEffect, useState } from 'preact/hooks'
import type { AuditEntryAnswer, AuditOutcome, AuditQuery } from '../../src/contract/audit.ts'
import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { dayTime, localInput } from '../parts/time.ts'
import { AuditCheck } from './audit-check.tsx'
import { actWords, durationText } from './audit-words.ts'
import { readAudit } from './system-api.ts'
import { useList } from './use-list.ts'

const outcomes: readonly AuditOutcome[] = ['begun', 'done', 'refused', 'failed']
const typingPauseMs = 300

export function AuditPart() {
  const t = words.value
  const filters = readFilters(query.value)
  const key = useSettled(JSON.stringify(filters))
  const { list, busy, more, again } = useList(key, (cursor, signal) =>
    readAudit({ ...filters, limit: 100, ...(cursor === undefined ? {} : { cursor }) }, signal),
  )
  const [openAt, setOpenAt] = useState<number | null>(null)
  return (
    <>
      <AuditCheck filters={filters} onChange={again} />
      <Filters />
      {list.kind === 'loading' ? (
        <Loading />
      ) : list.kind === 'failed' ? (
        <Failed failure={list.failure} retry={again} />
      ) : list.items.length === 0 ? (
        <Notice kind="empty" text={t.administration.audit.empty} />
      ) : (
        <div class="scroll">
          <table class="rows audit">
            <thead>
              <tr>
                <th class="time">{t.administration.audit.time}</th>
                <th>{t.administration.audit.who}</th>
                <th>{t.administration.audit.act}</th>
                <th>{t.administration.audit.outcome}</th>
                <th class="wide">{t.administration.audit.subject}</th>
                <th>{t.administration.audit.from}</th>
              </tr>
            </thead>
            <tbody>
              {list.items.map((entry) => (
                <Entry
                  key={entry.sequence}
                  entry={entry}
                  open={openAt === entry.sequence}
                  onOpen={() => {
                    setOpenAt(openAt === entry.sequence ? null : entry.sequence)
                  }}
                />
              ))}
            </tbody>
          </table>
          {list.nextCursor !== null && (
            <div class="more">
              <button type="button" class="button" disabled={busy} onClick={more}>
                {busy ? t.common.loading : t.common.more}
              </button>
            </div>
          )}
        </div>
      )}
    </>
  )
}

function readFilters(from: URLSearchParams): Omit<AuditQuery, 'limit' | 'cursor'> {
  const text = (name: string) => from.get(name)?.trim() || undefined
  const time = (name: string) => {
    const ms = Date.parse(text(name) ?? '')
    return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
  }
  const username = text('who')
  const act = text('noun')
  const subject = text('subject')
  const outcome = outcomes.find((known) => known === from.get('outcome'))
  const [since, until] = [time('from'), time('to')]
  return {
    ...(username === undefined ? {} : { username: username.toLowerCase() }),
    ...(act === undefined ? {} : { act }),
    ...(subject === undefined ? {} : { subject }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(since === undefined ? {} : { from: since }),
    ...(until === undefined ? {} : { to: until }),
  }
}

/** What has stood still while somebody types. */
function useSettled(key: string): string {
  const [settled, setSettled] = useState(key)
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(key)
    }, typingPauseMs)
    return () => {
      clearTimeout(timer)
    }
  }, [key])
  return settled
}

function Filters() {
  const t = words.value.administration
  const typed = (name: 'who' | 'subject', text: string) => (
    <input
      class="input fits"
      type="search"
      placeholder={text}
      aria-label={text}
      maxLength={64}
      value={query.value.get(name) ?? ''}
      data-testid={`audit-${name}`}
      onInput={(event) => {
        setQuery({ [name]: event.currentTarget.value })
      }}
    />
  )
  const moment = (name: 'from' | 'to', text: string) => (
    <label class="moment">
      <span class="dim small">{text}</span>
      <input
        class="input fits"
        type="datetime-local"
        step={1}
        value={query.value.get(name) === null ? '' : localInput(Date.parse(query.value.get(name) ?? ''))}
        onChange={(event) => {
          const ms = Date.parse(event.currentTarget.value)
          setQuery({ [name]: Number.isNaN(ms) ? null : new Date(ms).toISOString() })
        }}
      />
    </label>
  )
  return (
    <div class="filters" role="search">
      {typed('who', t.audit.findWho)}
      <select
        class="input fits"
        aria-label={t.audit.act}
        value={query.value.get('noun') ?? ''}
        data-testid="audit-noun"
        onChange={(event) => {
          setQuery({ noun: event.currentTarget.value })
        }}
      >
        <option value="">{t.audit.anyNoun}</option>
        {Object.entries(t.nouns).map(([noun, text]) => (
          <option key={noun} value={noun}>
            {text}
          </option>
        ))}
      </select>
      <select
        class="input fits"
        aria-label={t.audit.outcome}
        value={query.value.get('outcome') ?? ''}
        data-testid="audit-outcome"
        onChange={(event) => {
          setQuery({ outcome: event.currentTarget.value })
        }}
      >
        <option value="">{t.audit.anyOutcome}</option>
        {outcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {t.audit.outcomes[outcome]}
          </option>
        ))}
      </select>
      {typed('subject', t.audit.findSubject)}
      {moment('from', t.audit.since)}
      {moment('to', t.audit.until)}
    </div>
  )
}

interface EntryProps {
  readonly entry: AuditEntryAnswer
  readonly open: boolean
  readonly onOpen: () => void
}

function Entry({ entry, open, onOpen }: EntryProps) {
  const t = words.value.administration.audit
  const who = entry.username ?? (entry.address === null ? t.gateway : t.nobody)
  const ms = entry.detail?.['ms']
  return (
    <>
      <tr
        data-testid="audit-row"
        data-act={entry.act}
        data-outcome={entry.outcome}
        aria-expanded={open}
        tabIndex={0}
        onClick={onOpen}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onOpen()
        }}
      >
        <td class="time">{dayTime(Date.parse(entry.at))}</td>
        <td class={entry.accountId === null ? 'dim' : ''}>{who}</td>
        <td>{actWords(entry.act)}</td>
        <td>
          <span class={`outcome ${entry.outcome}`}>{t.outcomes[entry.outcome]}</span>
          {typeof ms === 'number' && <span class="dim small"> {t.duration(durationText(ms))}</span>}
        </td>
        <td class="wide mono small">
          <span class="cut">{entry.subject}</span>
        </td>
        <td class="mono small dim">{entry.address}</td>
      </tr>
      {open && (
        <tr class="detail">
          <td colSpan={6}>
            <p class="dim small">
              {t.entry(entry.sequence)}
              {entry.begunIn !== null && ` · ${t.begunIn(entry.begunIn)}`} · {t.hash}{' '}
              <span class="mono">{entry.hash}</span>
            </p>
            {entry.detail !== null && <pre class="mono small">{JSON.stringify(entry.detail, null, 2)}</pre>}
          </td>
        </tr>
      )}
    </>
  )
}
