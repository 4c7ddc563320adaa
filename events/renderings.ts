import type { Aor } from '../kernel/aor.ts';
import { fingerprint } from './fingerprint.ts';
import type { Document, EventPackage } from './package.ts';
import type { SubscriptionRow } from './tables.ts';
import { factsOf, handlingOf } from './subscription.ts';

/** The document of one view, made once for all subscriptions that have it. */
export interface Rendering {
  readonly document: Document | undefined;
  /** Tag of "active with this document". */
  readonly activeTag: string;
  /** Tag of "pending with this document". */
  readonly pendingTag: string;
}

export interface Renderings {
  /** The newest document of a view; rendered only when no subscription asked for it since the last change. */
  of(eventPackage: EventPackage, row: SubscriptionRow, view: string): Rendering;
  /** Forgets what was rendered of a resource: its state has changed. */
  forget(eventPackage: string, resource: Aor): void;
  /** Forgets everything: what depends on time alone is not kept longer than a sweep. */
  clear(): void;
}

/** @param renderedViewsMax  views kept; beyond, all are forgotten and rendered anew when asked for */
export function createRenderings(renderedViewsMax: number): Renderings {
  const packages = new Map<string, Map<string, Map<string, Rendering>>>();
  let size = 0;
  // A change visits the subscriptions of one resource one after the other, mostly with one view: the last answer is kept.
  let last: { row: SubscriptionRow; view: string; rendering: Rendering } | undefined;

  const clear = (): void => {
    packages.clear();
    size = 0;
    last = undefined;
  };
  const viewsOf = (row: SubscriptionRow): Map<string, Rendering> => {
    let resources = packages.get(row.eventPackage);
    if (resources === undefined)
      packages.set(row.eventPackage, (resources = new Map<string, Map<string, Rendering>>()));
    let views = resources.get(row.resource);
    if (views === undefined) resources.set(row.resource, (views = new Map<string, Rendering>()));
    return views;
  };

  return {
    of(eventPackage, row, view) {
      if (
        last !== undefined &&
        last.view === view &&
        last.row.resource === row.resource &&
        last.row.eventPackage === row.eventPackage
      ) {
        return last.rendering;
      }
      let rendering = viewsOf(row).get(view);
      if (rendering === undefined) {
        rendering = renderingOf(eventPackage.render(factsOf(row), handlingOf(row)));
        if (size >= renderedViewsMax) clear();
        viewsOf(row).set(view, rendering);
        size += 1;
      }
      last = { row, view, rendering };
      return rendering;
    },
    forget(eventPackage, resource) {
      const resources = packages.get(eventPackage);
      size -= resources?.get(resource)?.size ?? 0;
      resources?.delete(resource);
      last = undefined;
    },
    clear,
  };
}

function renderingOf(document: Document | undefined): Rendering {
  const tag = document === undefined ? '-' : fingerprint(wordsOf(document));
  return { document, activeTag: `a${tag}`, pendingTag: `p${tag}` };
}

const wordsOf = ({ state, bytes }: Document): Uint8Array =>
  state === undefined ? bytes : Buffer.from(state, 'latin1');

/** Tag of the state that a NOTIFY with this rendering tells the watcher of this row. */
export const tagOf = (rendering: Rendering, row: SubscriptionRow): string =>
  row.state === 'pending' ? rendering.pendingTag : rendering.activeTag;
