import { useEffect, useRef } from 'preact/hooks'
import { heatPixels } from './heat-colours.ts'
import './heat-legend.css'

const steps = 64

/** The colour scale in words and colour; the scale itself is drawn by the code that draws the heat. */
export function HeatLegend({ from, to }: { readonly from: string; readonly to: string }) {
  const bar = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const values = Array.from({ length: steps }, (_, step) => (step / (steps - 1)) ** 2)
    bar.current?.getContext('2d')?.putImageData(new ImageData(heatPixels(values, 1), steps, 1), 0, 0)
  }, [])
  return (
    <span class="heat-legend">
      <span>{from}</span>
      <canvas ref={bar} width={steps} height={1} aria-hidden="true" />
      <span>{to}</span>
    </span>
  )
}
