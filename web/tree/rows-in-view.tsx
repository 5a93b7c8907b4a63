import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Row, rowsInView } from './rows.ts'
import './tree.css'

interface RowsInViewProps {
  readonly rows: readonly Row[]
  readonly label: string
  readonly draw: (row: Row) => ComponentChildren
}

/** As `--row` in the style sheet. */
const rowHeightPx = 28

/** Only the rows that are on the screen are in the document, however long the tree. */
export function RowsInView({ rows, label, draw }: RowsInViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const { topPx, heightPx, rowPx } = useScroll(box)
  const { from, to } = rowsInView(rows.length, rowPx, topPx, heightPx)
  return (
    <div class="tree-rows" ref={box} role="tree" aria-label={label} onKeyDown={walk}>
      <div style={{ height: `${rows.length * rowPx}px` }}>
        <div style={{ transform: `translateY(${from * rowPx}px)` }}>{rows.slice(from, to).map(draw)}</div>
      </div>
    </div>
  )
}

/** Up and down walk from row to row; the rows themselves know left and right. */
function walk(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0 || !(event.target instanceof HTMLElement)) return
  const to = step === 1 ? event.target.nextElementSibling : event.target.previousElementSibling
  event.preventDefault()
  event.stopPropagation()
  if (to instanceof HTMLElement) to.focus()
}

function useScroll(box: RefObject<HTMLElement | null>) {
  const [view, setView] = useState({ topPx: 0, heightPx: 800, rowPx: rowHeightPx })
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const look = () => {
      const scale = Number.parseFloat(getComputedStyle(element).getPropertyValue('--scale')) || 1
      const rowPx = rowHeightPx * scale
      setView({ topPx: element.scrollTop, heightPx: element.clientHeight, rowPx })
    }
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [box])
  return view
}
