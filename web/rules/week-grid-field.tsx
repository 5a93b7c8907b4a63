import { useRef, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { type GridCell, painted, type WeekGrid, wholeWeek } from './week-grid.ts'
import './week-grid.css'

interface WeekGridFieldProps {
  readonly grid: WeekGrid
  readonly onGrid: (grid: WeekGrid) => void
}

const night = (hour: number) => hour >= 22 || hour < 6
const office = (hour: number) => hour >= 8 && hour < 18

/** The week in hours: painted with pointer or arrow keys and space. */
export function WeekGridField({ grid, onGrid }: WeekGridFieldProps) {
  const t = words.value
  const [at, setAt] = useState<GridCell>({ day: 0, hour: 0 })
  const stroke = useRef<{ readonly from: GridCell; readonly before: WeekGrid; readonly on: boolean } | null>(
    null,
  )
  const table = useRef<HTMLDivElement>(null)
  const cellAt = (event: PointerEvent): GridCell | null => {
    const element = document.elementFromPoint(event.clientX, event.clientY)
    if (!(element instanceof HTMLElement) || !table.current?.contains(element)) return null
    const { day, hour } = element.dataset
    return day === undefined || hour === undefined ? null : { day: Number(day), hour: Number(hour) }
  }
  const press = (event: PointerEvent) => {
    const from = cellAt(event)
    if (!from) return
    event.preventDefault()
    const on = grid[from.day]?.[from.hour] !== true
    stroke.current = { from, before: grid, on }
    setAt(from)
    onGrid(painted(grid, from, from, on))
  }
  const move = (event: PointerEvent) => {
    const held = stroke.current
    const to = held && cellAt(event)
    if (held && to) onGrid(painted(held.before, held.from, to, held.on))
  }
  const letGo = () => {
    stroke.current = null
  }
  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
    if (step) {
      const [down = 0, right = 0] = step
      const next = { day: (at.day + down + 7) % 7, hour: (at.hour + right + 24) % 24 }
      if (event.shiftKey) onGrid(painted(grid, next, next, grid[at.day]?.[at.hour] === true))
      setAt(next)
    } else if (event.key === ' ') onGrid(painted(grid, at, at, grid[at.day]?.[at.hour] !== true))
    else return
    event.preventDefault()
  }
  const preset = (text: string, of: (day: number, hour: number) => boolean) => (
    <button
      type="button"
      class="button plain"
      onClick={() => {
        onGrid(wholeWeek(false).map((row, day) => row.map((_, hour) => of(day, hour))))
      }}
    >
      {text}
    </button>
  )
  return (
    <div class="week-grid">
      <div
        ref={table}
        class="week-cells"
        role="grid"
        aria-label={t.rules.schedule}
        tabIndex={0}
        data-testid="week-grid"
        onPointerDown={press}
        onPointerMove={move}
        onPointerUp={letGo}
        onPointerCancel={letGo}
        onKeyDown={key}
      >
        {grid.map((row, day) => (
          <div class="week-row" role="row" key={day}>
            <span class="dim small">{t.playback.weekdays[day]}</span>
            {row.map((on, hour) => (
              <i
                key={hour}
                role="gridcell"
                class={at.day === day && at.hour === hour ? 'at' : ''}
                aria-selected={on}
                data-day={day}
                data-hour={hour}
                title={`${t.playback.weekdays[day]} ${hour}:00–${hour + 1}:00`}
              />
            ))}
          </div>
        ))}
        <div class="week-row dim small" aria-hidden="true">
          <span />
          {Array.from({ length: 24 }, (_, hour) => (
            <b key={hour}>{hour % 6 === 0 ? hour : ''}</b>
          ))}
        </div>
      </div>
      <div class="buttons">
        {preset(t.rules.always, () => true)}
        {preset(t.rules.nights, (_, hour) => night(hour))}
        {preset(t.rules.officeHours, (day, hour) => day < 5 && office(hour))}
        {preset(t.rules.outsideOffice, (day, hour) => day >= 5 || !office(hour))}
      </div>
    </div>
  )
}
