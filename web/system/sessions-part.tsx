import { useState } from 'preact/hooks'
import type { ListedSession } from '../../src/contract/session.ts'
import { words } from '../language/language.ts'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Failed, Loading, Notice } from '../parts/states.tsx'
import { shortTime } from '../parts/time.ts'
import { nowMs } from '../state/clock.ts'
import { endSession, readSessions } from './system-api.ts'
import { useList } from './use-list.ts'

export function SessionsPart() {
  const t = words.value.administration.sessions
  const [ending, setEnding] = useState<ListedSession | null>(null)
  const { list, again } = useList('sessions', readSessions)
  if (list.kind === 'loading') return <Loading />
  if (list.kind === 'failed') return <Failed failure={list.failure} retry={again} />
  if (list.items.length === 0) return <Notice kind="empty" text={t.empty} />
  const time = (text: string) => shortTime(Date.parse(text), nowMs.value)
  return (
    <div class="scroll">
      <table class="rows">
        <thead>
          <tr>
            <th>{t.account}</th>
            <th>{t.client}</th>
            <th>{t.since}</th>
            <th>{t.used}</th>
            <th>{t.ends}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {list.items.map((session) => (
            <tr key={session.id} data-testid="session-row" data-own={session.own}>
              <td>
                <strong class="cut">{session.username}</strong>
              </td>
              <td class="wide">
                <span class="cut dim" title={session.client}>
                  {session.client}
                </span>
              </td>
              <td>{time(session.createdAt)}</td>
              <td>{time(session.lastUsedAt)}</td>
              <td>{time(session.expiresAt)}</td>
              <td class="acts">
                {session.own ? (
                  <span class="dim small">{t.own}</span>
                ) : (
                  <button
                    type="button"
                    class="button plain"
                    data-testid="session-end"
                    onClick={() => {
                      setEnding(session)
                    }}
                  >
                    {t.end}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {ending !== null && (
        <ConfirmDialog
          title={t.end}
          text={t.endWarning(ending.username)}
          confirm={t.end}
          act={() => endSession(ending.id)}
          onClose={() => {
            setEnding(null)
          }}
          onDone={() => {
            setEnding(null)
            again()
          }}
        />
      )}
    </div>
  )
}
