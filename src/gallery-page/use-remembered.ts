import { useState } from 'preact/hooks'

/** A switch that is as it was left, also when the page is opened the next time. */
export function useRemembered(name: string, initial: boolean): readonly [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => readSwitch(name) ?? initial)
  const change = (next: boolean) => {
    setOn(next)
    writeSwitch(name, next)
  }
  return [isOn, change]
}

// A page from a file may have no storage; then a switch is forgotten, and nothing else happens.
function readSwitch(name: string): boolean | undefined {
  try {
    const value = localStorage.getItem(name)
    return value === null ? undefined : value === 'on'
  } catch {
    return undefined
  }
}

function writeSwitch(name: string, isOn: boolean) {
  try {
    localStorage.setItem(name, isOn ? 'on' : 'off')
  } catch {}
}
