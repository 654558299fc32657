import type { Asker, Question, Tab } from '../ask/asker.ts'
import { Refusal } from '../ask/refusal.ts'
import type { PageAnswer } from '../browser/page.ts'

/** So often in a row a page may fail to ask the same thing. */
const maxAbsences = 5

/** As if the site had answered that it took too long. */
const nothing: PageAnswer = { status: 408, text: '', mimeType: '', retryAfterS: null }

/**
 * Asks, and knows a question that never comes to an answer, such as one that is redirected or takes too long, from a
 * page that cannot ask anything: for a page one waits, but for a question not for ever.
 *
 * Errors  `Refusal`; `probe` is asked in between, and refused as well where it is the page.
 */
export function createPatience(asker: Pick<Asker, 'ask'>, probe: Question): Asker['ask'] {
  let [last, absences] = ['', 0]
  return async (tab: Tab, question: Question) => {
    const asked = JSON.stringify(question)
    if (asked !== last) [last, absences] = [asked, 0]
    try {
      const answer = await asker.ask(tab, question)
      absences = 0
      return answer
    } catch (error) {
      if (!(error instanceof Refusal) || error.about !== 'tab' || ++absences < maxAbsences) throw error
      if (question.path !== probe.path) await asker.ask(tab, probe)
      absences = 0
      return nothing
    }
  }
}
