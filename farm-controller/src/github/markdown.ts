export { plain, plainText } from '@greenrack/farm-model';
