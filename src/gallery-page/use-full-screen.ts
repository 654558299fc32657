import { useEffect, useState } from 'preact/hooks'

const root = () => document.documentElement

/** Buttons go when nobody has moved for so long. */
const idleMs = 2_500

/** The whole screen for the page, where the browser gives it. */
export interface FullScreen {
  readonly isOn: boolean
  /** Nobody moves, so only the picture shall be seen. */
  readonly isIdle: boolean
  toggle(): void
}

/** Follows the browser, which leaves the whole screen by itself at Esc; left with the viewer. */
export function useFullScreen(): FullScreen {
  const [isOn, setOn] = useState(document.fullscreenElement !== null)
  useEffect(() => {
    const follow = () => setOn(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', follow)
    return () => {
      document.removeEventListener('fullscreenchange', follow)
      leave()
    }
  }, [])
  return { isOn, isIdle: useIdle(isOn), toggle: () => (document.fullscreenElement ? leave() : enter()) }
}

// A dialog cannot have the whole screen, so the page has it, and the dialog in it.
const enter = () =>
  void root()
    .requestFullscreen?.()
    .catch(() => {})
const leave = () => {
  if (document.fullscreenElement) void document.exitFullscreen().catch(() => {})
}

function useIdle(isOn: boolean): boolean {
  const [isIdle, setIdle] = useState(false)
  useEffect(() => {
    setIdle(false)
    if (!isOn) return
    let timer = setTimeout(() => setIdle(true), idleMs)
    const wake = () => {
      setIdle(false)
      clearTimeout(timer)
      timer = setTimeout(() => setIdle(true), idleMs)
    }
    const events = ['pointermove', 'pointerdown', 'keydown'] as const
    for (const name of events) addEventListener(name, wake, { passive: true })
    return () => {
      clearTimeout(timer)
      for (const name of events) removeEventListener(name, wake)
    }
  }, [isOn])
  return isIdle
}
