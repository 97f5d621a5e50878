import { AdminAgents } from '../components/admin-agents.js';
import { AdminAudit } from '../components/admin-audit.js';
import { AdminDuties } from '../components/admin-duties.js';
import { AdminStorage } from '../components/admin-storage.js';
import { AdminTokens } from '../components/admin-tokens.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import { mayDo } from '../model/roles.js';

/** What whoever runs the farm looks at; each part for whoever may see it. */
export function AdminPage() {
  useTitle('Admin');
  const { identity } = useSession();
  const operates = mayDo(identity.role, 'operator');
  return (
    <>
      <header className="page-head">
        <h1>Admin</h1>
      </header>
      <div className="test-page">
        {operates && <AdminDuties />}
        <AdminAgents />
        {operates && <AdminStorage />}
        {mayDo(identity.role, 'admin') && (
          <>
            <AdminTokens />
            <AdminAudit />
          </>
        )}
        {!operates && (
          <p className="quiet">
            Duties and storage are shown to operators, tokens and the audit log to administrators.
          </p>
        )}
      </div>
    </>
  );
}
