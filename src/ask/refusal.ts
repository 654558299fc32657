/**
 * Why something could not be had: an `answer` is about the thing itself; a `tab` that went away while it asked, or a
 * site that wants `silence`, says nothing of it and does not count against it.
 */
export class Refusal extends Error {
  readonly about: 'answer' | 'tab' | 'silence'

  constructor(reason: string, about: 'answer' | 'tab' | 'silence' = 'answer') {
    super(reason)
    this.name = 'Refusal'
    this.about = about
  }
}
