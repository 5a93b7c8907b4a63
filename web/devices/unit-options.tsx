import { units } from '../state/units.ts'
import { treeRows } from '../tree/rows.ts'

/** Every unit as an option, indented by its depth. */
export function UnitOptions() {
  const current = units.value
  if (current.kind !== 'ready') return null
  const everyUnit = new Set(current.items.map((unit) => unit.id))
  return (
    <>
      {treeRows(current.items, everyUnit, null).map((row) =>
        row.kind === 'unit' ? (
          <option key={row.unit.id} value={row.unit.id}>
            {`${'\u3000'.repeat(row.depth)}${row.unit.name}`}
          </option>
        ) : null,
      )}
    </>
  )
}
