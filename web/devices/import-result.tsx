import type { ImportReport } from '../../src/contract/camera-imports.ts'
import { type CameraColumn, columnTitles } from '../../src/domain/camera-columns.ts'
import { codeWords, language, named, words } from '../language/language.ts'

const faultsShown = 500

/** What a file holds, or what became of it: counts, and each fault by row and column. */
export function ImportResult({
  report,
  dryRun,
}: {
  readonly report: ImportReport
  readonly dryRun: boolean
}) {
  const t = words.value.registry.imports
  const titles: Readonly<Record<CameraColumn, string>> = columnTitles[language.value]
  const shown = report.errors.slice(0, faultsShown)
  return (
    <>
      <p role="status">{dryRun ? t.checked(report.rows) : t.done(report.rows)}</p>
      <ul class="counts" data-testid="import-counts">
        <li>
          <strong>{report.added}</strong> {dryRun ? t.counts.wouldAdd : t.counts.added}
        </li>
        <li>
          <strong>{report.existing}</strong> {t.counts.existing}
        </li>
        <li class={report.refused > 0 ? 'bad' : ''}>
          <strong>{report.refused}</strong> {t.counts.refused}
        </li>
      </ul>
      {shown.length > 0 && (
        <div class="faults">
          <table data-testid="import-faults">
            <thead>
              <tr>
                <th class="row">{t.row}</th>
                <th class="column">{t.column}</th>
                <th class="value">{t.value}</th>
                <th>{t.fault}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ row, column, code, value }) => (
                <tr key={`${row} ${column} ${code}`}>
                  <td class="mono">{row}</td>
                  <td>{named(titles, column)}</td>
                  <td class="mono cut" title={value}>
                    {value}
                  </td>
                  <td>{codeWords(code)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {report.errorCount > shown.length && (
        <p class="dim small">{t.more(report.errorCount - shown.length)}</p>
      )}
    </>
  )
}
