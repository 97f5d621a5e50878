export { type Footprint, type Memory, readFootprint } from './footprint.js';
export {
  type ImageErrorCode,
  ImageFormatError,
  type ImageProblem,
} from './image-format-error.js';
export type { ImageFormat, ImageInfo, ImageSection, ImageSegment } from './image-info.js';
export { readImage, readLargeImage } from './read-image.js';
export { readFootprintApart, readImageApart } from './read-image-apart.js';
