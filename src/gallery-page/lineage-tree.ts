import type { LineageNode } from './work.ts'

/** A picture of the tree as it is drawn: one below the other, set in from where the way forks. */
export interface Branch {
  readonly node: LineageNode
  readonly parent: LineageNode | null
  /** How far it is set in. */
  readonly depth: number
  /** Its place in the list, from 1. */
  readonly step: number
  /** That of the one it was made from; 0 for the first. */
  readonly parentStep: number
}

/**
 * The tree from its root down.
 *
 * As long as the way does not fork, each edit stands straight below its parent, so that a long way stays narrow; behind
 * a fork it is set in, or it would look like one more branch.
 */
export function branchesOf(nodes: readonly LineageNode[]): Branch[] {
  const ids = new Set(nodes.map(({ id }) => id))
  const children = new Map<string | null, LineageNode[]>()
  for (const node of nodes) {
    const parentId = node.parentId !== null && ids.has(node.parentId) ? node.parentId : null
    children.set(parentId, [...(children.get(parentId) ?? []), node])
  }
  const branches: Branch[] = []
  const add = (some: readonly LineageNode[], above: Branch | null) => {
    const isSetIn = above !== null && (some.length > 1 || above.depth > 0)
    for (const node of [...some].sort((one, other) => one.date - other.date)) {
      const depth = (above?.depth ?? 0) + (isSetIn ? 1 : 0)
      const branch = {
        node,
        parent: above?.node ?? null,
        depth,
        step: branches.length + 1,
        parentStep: above?.step ?? 0,
      }
      branches.push(branch)
      add(children.get(node.id) ?? [], branch)
    }
  }
  add(children.get(null) ?? [], null)
  return branches
}
