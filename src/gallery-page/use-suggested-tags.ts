import { wordsIn } from './comparison.ts'
import type { Finding } from './finding.ts'
import { useAnswer } from './use-answer.ts'

const most = 6

/** Words of a prompt that recur in others and are no tags yet: what this picture might be tagged with. */
export function useSuggestedTags(finding: Finding | null, prompt: string | null): readonly string[] {
  const { value } = useAnswer(async () => (finding ? await finding.suggestedTags() : []), [finding])
  if (!value || !prompt) return []
  const words = wordsIn(prompt)
  return value.flatMap(({ tag }) => (words.has(tag) ? tag : [])).slice(0, most)
}
