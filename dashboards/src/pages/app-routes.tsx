import { type ComponentType, lazy, Suspense } from 'react';
import { Link, Route, Routes } from 'react-router-dom';
import { Skeleton } from '../components/skeleton.js';
import { useKeptScroll } from '../components/use-kept-scroll.js';
import { useTitle } from '../components/use-title.js';
import { RunPage } from './run-page.js';
import { SubmissionPage } from './submission-page.js';
import { SubmissionsPage } from './submissions-page.js';
import { WallPage } from './wall-page.js';

/** A page that is fetched when it is opened: what most people open first comes at once. */
function later<K extends string>(load: () => Promise<Record<K, ComponentType>>, name: K) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const AdminPage = later(() => import('./admin-page.js'), 'AdminPage');
const BoardPage = later(() => import('./board-page.js'), 'BoardPage');
const ChangePage = later(() => import('./change-page.js'), 'ChangePage');
const FlakesPage = later(() => import('./flakes-page.js'), 'FlakesPage');
const QueuePage = later(() => import('./queue-page.js'), 'QueuePage');
const SchedulesPage = later(() => import('./schedules-page.js'), 'SchedulesPage');
const TestsPage = later(() => import('./tests-page.js'), 'TestsPage');
const TrendsPage = later(() => import('./trends-page.js'), 'TrendsPage');

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
    <Suspense fallback={<Skeleton />}>
      <Routes>
        <Route path="/" element={<WallPage />} />
        <Route path="/boards/:serial" element={<BoardPage />} />
        <Route path="/submissions" element={<SubmissionsPage />} />
        <Route path="/submissions/:id" element={<SubmissionPage />} />
        <Route path="/runs/:id" element={<RunPage />} />
        <Route path="/queue" element={<QueuePage />} />
        <Route path="/tests" element={<TestsPage />} />
        <Route path="/flakes" element={<FlakesPage />} />
        <Route path="/trends" element={<TrendsPage />} />
        <Route path="/changes/:id" element={<ChangePage />} />
        <Route path="/schedules" element={<SchedulesPage />} />
        <Route path="/admin" element={<AdminPage />} />
        <Route path="*" element={<NotFound />} />
      </Routes>
    </Suspense>
  );
}
