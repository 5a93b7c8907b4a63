import { query, setQuery } from '../app/router.ts'
import { words } from '../language/language.ts'
import { Notice } from '../parts/states.tsx'
import { may } from '../state/session.ts'
import { AccountsPart } from './accounts-part.tsx'
import { AuditPart } from './audit-part.tsx'
import { SessionsPart } from './sessions-part.tsx'
import './system-page.css'

const tabs = ['accounts', 'sessions', 'audit'] as const
const parts = { accounts: AccountsPart, sessions: SessionsPart, audit: AuditPart }

/** Who may sign in, who has, and what everybody did. */
export default function SystemPage() {
  const t = words.value
  if (!may('administer')) return <Notice kind="denied" text={t.common.denied} />
  const tab = tabs.find((name) => name === query.value.get('tab')) ?? 'accounts'
  const Part = parts[tab]
  return (
    <div class="system-page">
      <div class="tabs" role="tablist" aria-label={t.pages.system}>
        {tabs.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab === name}
            aria-controls="system-part"
            data-testid={`tab-${name}`}
            onClick={() => {
              setQuery({
                tab: name,
                who: null,
                noun: null,
                outcome: null,
                subject: null,
                from: null,
                to: null,
              })
            }}
          >
            {t.administration.tabs[name]}
          </button>
        ))}
      </div>
      <section id="system-part" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        <Part />
      </section>
    </div>
  )
}
