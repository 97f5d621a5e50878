import { TabLinks } from './tab-links.js';

const TABS = [
  { key: 'metrics', label: 'Metrics' },
  { key: 'changes', label: 'Changes' },
] as const;

/** What there is of trends: all metrics, and what has changed in them. */
export function TrendTabs() {
  return <TabLinks label="Parts of the trends" tabs={TABS} />;
}
