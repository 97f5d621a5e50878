import { Link, useSearchParams } from 'react-router-dom';

interface Tab {
  readonly key: string;
  readonly label: string;
}

/** Parts of a page; which one is open stands in the address. The first is open when it says nothing. */
export function TabLinks({
  label,
  tabs,
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
}) {
  const [params] = useSearchParams();
  const open = params.get('tab') ?? tabs[0]?.key;
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ key, label: words }, at) => (
        <Link
          key={key}
          to={at === 0 ? '?' : `?tab=${key}`}
          aria-current={key === open ? 'page' : undefined}
          preventScrollReset
          replace
        >
          {words}
        </Link>
      ))}
    </nav>
  );
}
