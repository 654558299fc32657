import { execFile } from 'node:child_process'
import { environmentForOthers } from '../browser/start-process.ts'

/** A program with its arguments, and what it finds in its environment. */
export interface NoticeCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const title = 'dalle-archiver'
const longestMs = 10_000
const maxChars = 400

/** Shows text from its environment as a notification of Windows: there it is never taken for a part of the script. */
const toast = [
  '$manager = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]',
  '$xml = $manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)',
  '$lines = $xml.GetElementsByTagName("text")',
  '[void]$lines.Item(0).AppendChild($xml.CreateTextNode($env:DALLE_ARCHIVER_NOTICE_TITLE))',
  '[void]$lines.Item(1).AppendChild($xml.CreateTextNode($env:DALLE_ARCHIVER_NOTICE_TEXT))',
  '$app = "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe"',
  '$manager::CreateToastNotifier($app).Show([Windows.UI.Notifications.ToastNotification]::new($xml))',
].join('\n')

/** Hands AppleScript its text as arguments, where it is text and nothing else. */
const appleScript = ['on run argv', 'display notification (item 2 of argv) with title (item 1 of argv)', 'end run']

/**
 * How a platform shows a notice.
 *
 * Shape   the text is an argument or in the environment, never a part of a script, whatever it holds. `notify-send`
 *         reads its body as markup with the escapes of C, so what is special there is escaped.
 */
export function noticeCommand(text: string, platform: NodeJS.Platform = process.platform): NoticeCommand {
  const plain = text.replace(/\p{Cc}+/gu, ' ').slice(0, maxChars)
  switch (platform) {
    case 'darwin':
      return { program: 'osascript', args: [...appleScript.flatMap((line) => ['-e', line]), title, plain] }
    case 'win32':
      return {
        program: 'powershell.exe',
        args: ['-NoProfile', '-NonInteractive', '-Command', toast],
        env: { DALLE_ARCHIVER_NOTICE_TITLE: title, DALLE_ARCHIVER_NOTICE_TEXT: plain },
      }
    default:
      return { program: 'notify-send', args: [`--app-name=${title}`, '--', title, asMarkup(plain)] }
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\\': '\\\\' }
const asMarkup = (text: string) => text.replace(/[&<>\\]/g, (found) => entities[found] ?? found)

/** Shows a notice on the desktop; false where that cannot be done, as where there is no desktop. Never rejects. */
export function tellDesktop(text: string): Promise<boolean> {
  const { program, args, env } = noticeCommand(text)
  return new Promise((resolve) => {
    const options = { timeout: longestMs, windowsHide: true, env: { ...environmentForOthers(), ...env } }
    execFile(program, args, options, (error) => resolve(error === null))
  })
}
