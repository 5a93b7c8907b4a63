import { useEffect, useRef } from 'preact/hooks'
import { changePixels, heatPixels } from './heat-colours.ts'
import './heat-legend.css'

const steps = 64

/** The colour scale in words and colour; the scale itself is drawn by the code that draws the heat. */
export function HeatLegend({ from, to }: { readonly from: string; readonly to: string }) {
  const values = Array.from({ length: steps }, (_, step) => (step / (steps - 1)) ** 2)
  return <Scale from={from} to={to} pixels={heatPixels(values, 1)} />
}

/** From less through no change to more. */
export function ChangeLegend({ less, more }: { readonly less: string; readonly more: string }) {
  const values = Array.from({ length: steps }, (_, step) => {
    const share = (2 * step) / (steps - 1) - 1
    return Math.sign(share) * share ** 2
  })
  return <Scale from={less} to={more} pixels={changePixels(values, 1)} />
}

interface ScaleProps {
  readonly from: string
  readonly to: string
  readonly pixels: Uint8ClampedArray<ArrayBuffer>
}

function Scale({ from, to, pixels }: ScaleProps) {
  const bar = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    bar.current?.getContext('2d')?.putImageData(new ImageData(pixels, steps, 1), 0, 0)
  }, [])
  return (
    <span class="heat-legend">
      <span>{from}</span>
      <canvas ref={bar} width={steps} height={1} aria-hidden="true" />
      <span>{to}</span>
    </span>
  )
}
