import { useEffect, useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { clockTime } from '../parts/time.ts'
import { connection } from '../state/connection.ts'

const thanksMs = 3000

/** Says at once that what is on the screen is old, and for a moment that it is fresh again. */
export function ConnectionBanner() {
  const { state, sinceMs } = connection.value
  const [back, setBack] = useState(false)
  const [wasLost, setWasLost] = useState(false)
  useEffect(() => {
    if (state === 'lost') {
      setWasLost(true)
      return undefined
    }
    if (state !== 'open' || !wasLost) return undefined
    setWasLost(false)
    setBack(true)
    const timer = setTimeout(() => {
      setBack(false)
    }, thanksMs)
    return () => {
      clearTimeout(timer)
    }
  }, [state])
  if (state === 'lost') {
    return (
      <div class="banner lost" role="alert" data-testid="connection-lost">
        <Icon name="warning" />
        {words.value.app.connectionLost(clockTime(sinceMs))}
      </div>
    )
  }
  if (!back) return null
  return (
    <div class="banner back" role="status">
      <Icon name="check" />
      {words.value.app.connectionBack}
    </div>
  )
}
