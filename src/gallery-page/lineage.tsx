import type { Source } from './api.ts'
import { comparePrompt, wordsIn } from './comparison.ts'
import { type Branch, branchesOf } from './lineage-tree.ts'
import { Marked } from './marked.tsx'
import { Thumb } from './thumb.tsx'
import { beginning, shortDate } from './words.ts'
import type { LineageNode } from './work.ts'

interface Props {
  readonly source: Source
  readonly nodes: readonly LineageNode[]
  /** The picture looked at. */
  readonly id: string
  turnTo(id: string): void
}

/** How a picture came about: the first one, its edits and theirs, each with the words that made it. */
export function LineageTree({ source, nodes, id, turnTo }: Props) {
  return (
    <section class="lineage">
      <h3>
        How it came about <span class="day-count">{nodes.length}</span>
      </h3>
      <ol>
        {branchesOf(nodes).map((branch) => (
          <li key={branch.node.id} style={{ '--depth': Math.min(branch.depth, 5) }}>
            <button
              type="button"
              aria-current={branch.node.id === id ? 'true' : undefined}
              aria-label={nameOf(branch)}
              onClick={() => turnTo(branch.node.id)}
            >
              <Thumb source={source} id={branch.node.id} isMissing={branch.node.isMissing} />
              <StepWords branch={branch} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function nameOf({ node, step, parentStep }: Branch): string {
  const origin = parentStep === 0 ? 'first picture' : `edit of step ${parentStep}`
  return `Step ${step}, ${origin}, ${shortDate(node.date)}${node.prompt ? `: ${beginning(node.prompt, 120)}` : ''}`
}

/** The words that made a step; those that its parent did without are marked. */
function StepWords({ branch: { node, parent } }: { branch: Branch }) {
  const { prompt } = node
  if (!prompt) return <span class="words">{shortDate(node.date)}</span>
  return (
    <span class="words" dir="auto">
      {parent?.prompt ? <Marked parts={comparePrompt(prompt, wordsIn(parent.prompt))} /> : prompt}
    </span>
  )
}
