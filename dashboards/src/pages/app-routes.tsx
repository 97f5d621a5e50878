import { Link, Route, Routes } from 'react-router-dom';
import { useKeptScroll } from '../components/use-kept-scroll.js';
import { useTitle } from '../components/use-title.js';
import { BoardPage } from './board-page.js';
import { RunPage } from './run-page.js';
import { SubmissionPage } from './submission-page.js';
import { SubmissionsPage } from './submissions-page.js';
import { WallPage } from './wall-page.js';

function NotFound() {
  useTitle('Not found');
  return (
    <section className="panel empty">
      <h1>There is no such page</h1>
      <p>
        <Link to="/">Back to the boards</Link>
      </p>
    </section>
  );
}

/** Which page stands at which address. */
export function AppRoutes() {
  useKeptScroll();
  return (
    <Routes>
      <Route path="/" element={<WallPage />} />
      <Route path="/boards/:serial" element={<BoardPage />} />
      <Route path="/submissions" element={<SubmissionsPage />} />
      <Route path="/submissions/:id" element={<SubmissionPage />} />
      <Route path="/runs/:id" element={<RunPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  );
}
