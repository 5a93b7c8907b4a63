import type { LineCounts } from '../../src/contract/counts.ts'
import { words } from '../language/language.ts'
import { percentText } from './percent.ts'

interface LineTableProps {
  readonly lines: LineCounts['items']
  /** Null: all of them. */
  readonly chosen: string | null
  readonly onLine: (line: LineCounts['items'][number]) => void
}

/** The lines of the scope, busiest first. */
export function LineTable({ lines, chosen, onLine }: LineTableProps) {
  const t = words.value.statistics
  return (
    <table class="line-table" data-testid="line-table">
      <thead>
        <tr>
          <th>{t.line}</th>
          <th>{t.camera}</th>
          <th>{t.unit}</th>
          <th class="number">{t.forward}</th>
          <th class="number">{t.backward}</th>
          <th class="number">{t.total}</th>
          <th class="number" title={t.inspectedTitle}>
            {t.inspected}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr
            key={line.lineId}
            class={line.lineId === chosen ? 'chosen' : undefined}
            tabIndex={0}
            data-testid="line-row"
            data-line={line.lineId}
            aria-selected={line.lineId === chosen}
            onClick={() => {
              onLine(line)
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') onLine(line)
            }}
          >
            <td class="cut">{line.name ?? <span class="dim">{t.removedLine}</span>}</td>
            <td class="cut">{line.cameraName ?? <span class="dim">{t.removedCamera}</span>}</td>
            <td class="cut dim">{line.unitName ?? ''}</td>
            <td class="number">{line.forward.toLocaleString()}</td>
            <td class="number">{line.backward.toLocaleString()}</td>
            <td class="number strong">{(line.forward + line.backward).toLocaleString()}</td>
            <td class="number dim">{percentText(line.inspectedShare)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
