import { describe, expect, it } from 'vitest'
import { type KeyPress, viewerAction } from '../../src/gallery-page/viewer-keys.ts'

const press = (key: string, where: Partial<KeyPress> = {}, isZoomed = false) =>
  viewerAction({ key, isModified: false, isInField: false, isInPanel: false, ...where }, isZoomed)

describe('keys in the viewer', () => {
  it('turn to the neighbours, show the details and mark a favourite', () => {
    expect(['ArrowLeft', 'ArrowRight', 'i', 'f'].map((key) => press(key))).toEqual([
      'previous',
      'next',
      'toggle-panel',
      'toggle-favourite',
    ])
  })

  it('zoom, lift the blur, turn by themselves and take the whole screen', () => {
    expect(['o', '+', '=', '-', 'b', 's', 'w'].map((key) => press(key, {}, true))).toEqual([
      ...['actual-size', 'zoom-in', 'zoom-in', 'zoom-out', 'lift-veil', 'toggle-slideshow', 'toggle-full-screen'],
    ])
    expect(['constructor', 'q'].map((key) => press(key))).toEqual([undefined, undefined])
  })

  it('are left to the browser with Ctrl, Alt or Meta, and to a text field that has the focus', () => {
    for (const key of ['ArrowLeft', 'i', 'f']) {
      expect([press(key, { isModified: true }), press(key, { isInField: true })]).toEqual([undefined, undefined])
    }
  })

  it('scroll the panel instead of turning, but still close it', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'i'].map((key) => press(key, { isInPanel: true }))
    expect(keys).toEqual([undefined, undefined, 'toggle-panel'])
  })

  it('move a zoomed picture instead of turning', () => {
    expect([press('ArrowLeft', {}, true), press('f', {}, true)]).toEqual([undefined, 'toggle-favourite'])
  })

  it.each(['Escape', 'z', 'F', 'x', 'Tab', 'constructor'])('ignore %s', (key) => {
    expect(press(key)).toBeUndefined()
  })
})
