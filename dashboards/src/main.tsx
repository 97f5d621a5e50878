import './api/zod-without-eval.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/farm.css';
import './styles/board.css';
import './styles/submission.css';
import './styles/results.css';
import './styles/run.css';
import './styles/tests.css';
import './styles/console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { adoptTokenFromAddress } from './api/token-store.js';
import { App } from './app.js';
import { applyTheme } from './components/theme.js';

adoptTokenFromAddress();
applyTheme();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
