import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { knownCamera } from '../state/cameras.ts'
import { toggleEnlarged } from './acts.ts'
import { alertedCameras } from './alerted.ts'
import { dragTile, dropped, isOurs } from './drag.ts'
import { putCamera, swapTiles } from './layout.ts'
import { CameraTile } from './tile.tsx'
import { arrange, enlarged, layout, selected, zooms } from './wall-state.ts'
import './tiles.css'

/**
 * The tiles in the order of their cameras' ids, placed by the grid: a tile that moves on the wall
 * stays where it is in the document, and so its picture plays on.
 */
export function Tiles() {
  const { tiles, cameraIds } = layout.value
  const side = Math.sqrt(tiles)
  const shown = cameraIds.slice(0, tiles).map((cameraId, index) => ({ cameraId, index }))
  const inDocument = shown.toSorted((a, b) => (a.cameraId ?? '~').localeCompare(b.cameraId ?? '~'))
  // A camera from an alert or the map may be enlarged without having a tile.
  const guest = enlarged.value !== null && !shown.some(({ cameraId }) => cameraId === enlarged.value)
  return (
    <div class="tiles" style={{ '--side': side }} data-tiles={tiles}>
      {inDocument.map(({ cameraId, index }) => (
        <Tile key={cameraId ?? `empty-${index}`} cameraId={cameraId} index={index} side={side} />
      ))}
      {guest && enlarged.value !== null && (
        <div class="tile enlarged selected" data-camera={enlarged.value} key={enlarged.value}>
          <CameraTile cameraId={enlarged.value} />
        </div>
      )}
    </div>
  )
}

interface TileProps {
  readonly cameraId: string | null
  readonly index: number
  readonly side: number
}

function Tile({ cameraId, index, side }: TileProps) {
  const t = words.value.wall
  const [over, setOver] = useState(false)
  const isSelected = selected.value === index
  const alerted = cameraId === null ? undefined : alertedCameras.value.get(cameraId)
  const classes = [
    'tile',
    isSelected ? 'selected' : '',
    over ? 'over' : '',
    cameraId !== null && enlarged.value === cameraId ? 'enlarged' : '',
    alerted ? `alerted ${alerted}` : '',
  ]
  return (
    <div
      class={classes.filter((name) => name !== '').join(' ')}
      style={{ gridRow: Math.floor(index / side) + 1, gridColumn: (index % side) + 1 }}
      role="group"
      aria-label={tileLabel(t.tile(index + 1), cameraId, alerted ? t.alertOnTile : '')}
      aria-current={isSelected}
      data-testid="tile"
      data-index={index}
      data-camera={cameraId ?? ''}
      data-alerted={alerted ?? ''}
      // A drag on an enlarged part moves the part.
      draggable={cameraId !== null && !zooms.value.has(cameraId)}
      onClick={() => {
        selected.value = index
      }}
      onDblClick={(event) => {
        const onTool = event.target instanceof Element && event.target.closest('button') !== null
        if (cameraId !== null && !onTool) toggleEnlarged(cameraId)
      }}
      onDragStart={(event) => {
        dragTile(event, index)
      }}
      onDragOver={(event) => {
        if (!isOurs(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => {
        setOver(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        drop(event, index)
      }}
    >
      {cameraId === null ? <EmptyTile number={index + 1} /> : <CameraTile cameraId={cameraId} />}
    </div>
  )
}

function tileLabel(tile: string, cameraId: string | null, alert: string): string {
  const camera = cameraId === null ? words.value.wall.empty : (knownCamera(cameraId)?.name ?? '')
  return [tile, camera, alert].filter((part) => part !== '').join(' · ')
}

function drop(event: DragEvent, index: number): void {
  const what = dropped(event)
  if (!what) return
  const before = layout.peek()
  arrange(
    what.kind === 'camera' ? putCamera(before, index, what.cameraId) : swapTiles(before, what.index, index),
  )
  selected.value = index
}

function EmptyTile({ number }: { readonly number: number }) {
  const t = words.value.wall
  return (
    <div class="tile-empty">
      <span class="number" aria-hidden="true">
        {number}
      </span>
      <span>{t.empty}</span>
      <span class="small">{t.emptyHint}</span>
    </div>
  )
}
