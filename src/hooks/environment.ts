/** What a program finds of its picture in its environment: absolute paths of image, record and archive. */
export const hookVariables = {
  image: 'DALLE_ARCHIVER_IMAGE',
  record: 'DALLE_ARCHIVER_RECORD',
  archive: 'DALLE_ARCHIVER_ARCHIVE',
} as const

/**
 * What a program needs to find its way on the machine. All else stays with us: among it may be keys of a store, tokens
 * of a shell, and settings of ours.
 */
const passedOn = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TMP', 'TEMP'],
  ...['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERNAME', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH'],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'PROGRAMFILES(X86)', 'COMMONPROGRAMFILES'],
])

const isPassedOn = (name: string) => passedOn.has(name.toUpperCase()) || /^(?:LC|XDG)_[A-Z_]+$/.test(name)

/** The environment of a program that is run for a picture. */
export function environmentOf(
  ours: NodeJS.ProcessEnv,
  places: Readonly<Record<keyof typeof hookVariables, string>>,
): NodeJS.ProcessEnv {
  const passed = Object.entries(ours).filter(([name]) => isPassedOn(name))
  const said = Object.entries(hookVariables).map(([key, name]) => [name, places[key as keyof typeof hookVariables]])
  return Object.fromEntries([...passed, ...said])
}
