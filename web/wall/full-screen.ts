import { signal } from '@preact/signals'

export const isFullScreen = signal(document.fullscreenElement !== null)

document.addEventListener('fullscreenchange', () => {
  isFullScreen.value = document.fullscreenElement !== null
})

export async function toggleFullScreen(): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen()
    else await document.documentElement.requestFullscreen()
  } catch {
    // A browser in kiosk mode refuses, and has the whole screen already.
  }
}
